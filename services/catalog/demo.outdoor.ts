import type { Department } from './demo.ts'

export const outdoor: Department = {
  id: 'outdoor',
  name: 'Outdoor',
  shelves: [
    {
      id: 'tents',
      name: 'Tents',
      code: 'TNT',
      brands: {
        Nordvik: ['Fjell', 'Skog', 'Tundra'],
        Basecamp: ['Quarter', 'Half Dome', 'Col'],
        Larkspur: ['Meadow', 'Prairie', 'Dune'],
        Tarn: ['Bivy', 'Cirque', 'Moraine'],
      },
      kinds: [
        {
          noun: '1-Person Tent',
          price: [119, 449],
          opening: 'A tent for one that packs to the size of a loaf of bread.',
          features: [
            'It stands on two poles and six pegs in four minutes.',
            'The porch keeps a pack and wet boots out of the rain.',
            'Inner and outer tent go up together, so nothing gets wet.',
          ],
          attributes: { persons: [1], weight_kg: [0.9, 1.2, 1.5] },
        },
        {
          noun: '2-Person Tent',
          price: [169, 649],
          opening: 'A tent for two with a door on each side, which keeps the peace.',
          features: [
            'Vents at both ends carry the damp of the night away.',
            'Its steep walls leave room to sit up and play cards.',
            'The poles are color-coded and hard to put up wrongly.',
          ],
          attributes: { persons: [2], weight_kg: [1.6, 2.1, 2.6] },
        },
        {
          noun: 'Family Tent',
          price: [299, 999],
          opening: 'A family tent with two bedrooms and a living room you can stand in.',
          features: [
            'The dark bedrooms let children sleep past sunrise.',
            'A sewn-in floor keeps ants where they belong.',
            'The wide awning takes a table and four chairs.',
          ],
          attributes: { persons: [4, 5, 6], weight_kg: [9.5, 12, 15.5] },
        },
      ],
      attributes: {
        color: ['moss green', 'sunset orange', 'stone'],
        seasons: [3, 4],
      },
      care: 'The fabric is free of fluorine and can be proofed again at home.',
    },
    {
      id: 'backpacks',
      name: 'Backpacks',
      code: 'BPK',
      brands: {
        Nordvik: ['Sti', 'Topp', 'Vidde'],
        Cairn: ['Daily', 'Ridgeline', 'Traverse'],
        Packmule: ['Burro', 'Jenny', 'Caravan'],
        Tarn: ['Scree', 'Spur', 'Ledge'],
      },
      kinds: [
        {
          noun: 'Daypack',
          price: [45, 149],
          opening: 'A daypack with space for lunch, a layer and the good camera.',
          features: [
            'A stiff back panel keeps corners out of the spine.',
            'The rain cover lives in a pocket of its own.',
            'Side pockets hold a bottle on the steepest scramble.',
          ],
          attributes: { volume_l: [16, 20, 26] },
        },
        {
          noun: 'Trekking Backpack',
          price: [119, 349],
          opening: 'A trekking backpack that carries a week without talking about it.',
          features: [
            'The hip belt moves the load from the shoulders to the legs.',
            'A zip around the front finds the stove without unpacking the tent.',
            'The back length adjusts with one strap while you walk.',
          ],
          attributes: { volume_l: [45, 55, 65], frame: ['aluminum stays', 'spring steel'] },
        },
        {
          noun: 'Roll-top Backpack',
          price: [59, 189],
          opening: 'A roll-top backpack that keeps a laptop dry on a bicycle in November.',
          features: [
            'The seams are welded, and water stays outside.',
            'Reflective piping shows in headlights from every side.',
            'The laptop sleeve hangs free of the ground.',
          ],
          attributes: { volume_l: [18, 22, 28], waterproof: [true] },
        },
      ],
      attributes: {
        color: ['charcoal', 'rust', 'pine', 'ochre'],
        material: ['recycled nylon', 'recycled polyester'],
      },
      care: 'Buckles and straps are standard sizes and sold one by one.',
    },
    {
      id: 'sleeping-bags',
      name: 'Sleeping Bags',
      code: 'SLB',
      brands: {
        Nordvik: ['Natt', 'Polar', 'Sommer'],
        Basecamp: ['Nest', 'Cocoon', 'Bunk'],
        Eiderdale: ['Drift', 'Flurry', 'Frost'],
        Larkspur: ['Dusk', 'Dew', 'Starry'],
      },
      kinds: [
        {
          noun: 'Down Sleeping Bag',
          price: [199, 649],
          opening: 'A down sleeping bag for cold nights and light packs.',
          features: [
            'The down is traced from the farm and washed without perfume.',
            'A collar around the neck keeps the warmth from leaving when you turn.',
            'The foot box is cut for feet that point up.',
          ],
          attributes: { comfort_c: [-12, -6, 0], filling: ['goose down', 'duck down'] },
        },
        {
          noun: 'Synthetic Sleeping Bag',
          price: [69, 229],
          opening: 'A synthetic sleeping bag that is still warm when everything is damp.',
          features: [
            'It may go into any washing machine.',
            'Two of them zip together to one wide bag.',
            'A small pocket holds a phone away from the cold.',
          ],
          attributes: { comfort_c: [-3, 2, 7], filling: ['hollow fiber'] },
        },
        {
          noun: 'Camping Quilt',
          price: [79, 299],
          opening: 'A camping quilt for people who sleep on their side and turn a lot.',
          features: [
            'Straps fix it to the mat and keep drafts out.',
            'By day it is a blanket for the fire.',
            'It weighs half of what a bag of the same warmth does.',
          ],
          attributes: { comfort_c: [3, 8, 12], filling: ['hollow fiber', 'duck down'] },
        },
      ],
      attributes: { color: ['navy', 'brick', 'moss green'], length: ['regular', 'long'] },
      care: 'It comes with a small sack for the pack and a large one for the closet.',
    },
    {
      id: 'hiking-boots',
      name: 'Hiking Boots',
      code: 'HBT',
      brands: {
        Cairn: ['Granite', 'Shale', 'Basalt'],
        Fellstep: ['Ramble', 'Saddle', 'Skyline'],
        Tarn: ['Beck', 'Gully', 'Arete'],
        Brogan: ['Hollow', 'Glen', 'Strath'],
      },
      kinds: [
        {
          noun: 'Hiking Boots',
          price: [109, 289],
          opening: 'Hiking boots that need no breaking in and forgive a missed step.',
          features: [
            'The ankle is padded where boots usually rub.',
            'The rubber rand meets the rocks so that the leather need not.',
            'The membrane keeps streams outside.',
          ],
          attributes: { height: ['mid', 'high'], upper: ['nubuck', 'full-grain leather'] },
        },
        {
          noun: 'Trail Shoes',
          price: [89, 189],
          opening: 'Trail shoes for long days with little luggage.',
          features: [
            'The lugs are deep enough for mud and apart enough to lose it.',
            'A plate under the forefoot blunts sharp stones.',
            'They dry on the feet within an hour.',
          ],
          attributes: { height: ['low'], upper: ['mesh', 'knit'] },
        },
        {
          noun: 'Winter Boots',
          price: [119, 319],
          opening: 'Winter boots for snow, slush and waiting at bus stops.',
          features: [
            'The sole stays soft, and therefore grips, far below freezing.',
            'A felt liner can be taken out to dry.',
            'The tongue is sewn in up to the top and keeps the snow out.',
          ],
          attributes: { height: ['high'], insulation_g: [200, 400] },
        },
      ],
      attributes: {
        color: ['brown', 'black', 'slate'],
        fit: ['narrow', 'regular', 'wide'],
        waterproof: [true, false],
      },
      care: 'They can be resoled, twice at least.',
    },
  ],
}
