import type { Department } from './demo.ts'

export const home: Department = {
  id: 'home',
  name: 'Home',
  shelves: [
    {
      id: 'coffee',
      name: 'Coffee & Tea',
      code: 'COF',
      brands: {
        Ristretto: ['Uno', 'Due', 'Tre'],
        Morgen: ['Rot', 'Klar', 'Stille'],
        Copperkettle: ['Cottage', 'Parlor', 'Market'],
        Bruma: ['Alba', 'Foschia', 'Sera'],
      },
      kinds: [
        {
          noun: 'Espresso Machine',
          price: [199, 1_299],
          opening: 'An espresso machine that heats in a minute and lasts for decades.',
          features: [
            'A gauge shows the pressure, so a bad shot can be understood.',
            'The steam wand makes milk that can be poured into a leaf.',
            'The tank lifts out from the front, under a low cupboard too.',
          ],
          attributes: { pressure_bar: [9, 15], water_tank_l: [1.8, 2.3] },
        },
        {
          noun: 'Coffee Grinder',
          price: [59, 449],
          opening: 'A coffee grinder that makes the same grounds on Monday as on Sunday.',
          features: [
            'Steel burrs cut the beans and keep them cool.',
            'Forty clicks lead from espresso to French press.',
            'It weighs the dose and stops by itself.',
          ],
          attributes: { burr_mm: [38, 48, 58], drive: ['electric', 'hand'] },
        },
        {
          noun: 'Kettle',
          price: [39, 179],
          opening: 'A kettle with a thin spout that pours where you look.',
          features: [
            'It holds any temperature for half an hour.',
            'The handle stays cool and the lid stays on.',
            'It tells that it is done with one quiet note.',
          ],
          attributes: { volume_l: [0.8, 1, 1.7], power_w: [1_000, 1_500] },
        },
      ],
      attributes: { color: ['stainless steel', 'cream', 'matte black', 'copper'] },
      care: 'All that touches water can be taken off and descaled.',
    },
    {
      id: 'cookware',
      name: 'Cookware',
      code: 'CKW',
      brands: {
        Hearthstone: ['Classic', 'Heritage', 'Farmhouse'],
        Ferrum: ['No. 8', 'No. 10', 'No. 12'],
        'Blue Door': ['Everyday', 'Sunday', 'Bistro'],
        Cucina: ['Nonna', 'Piazza', 'Vento'],
      },
      kinds: [
        {
          noun: 'Cast Iron Skillet',
          price: [29, 149],
          opening: 'A cast iron skillet that gets better every year.',
          features: [
            'It comes seasoned with three coats of linseed oil.',
            'Heat spreads slowly in it and stays for long.',
            'It moves from the stove to the oven to the campfire.',
          ],
          attributes: { diameter_cm: [20, 26, 30], oven_safe_c: [300] },
        },
        {
          noun: 'Dutch Oven',
          price: [79, 349],
          opening: 'A Dutch oven for stews, bread and everything that takes its time.',
          features: [
            'Drops under the lid baste the roast by themselves.',
            'The light enamel shows when the onions are brown enough.',
            'Both handles are large enough for oven mitts.',
          ],
          attributes: { volume_l: [3.5, 5.3, 6.7], oven_safe_c: [260] },
        },
        {
          noun: 'Saucepan Set',
          price: [89, 399],
          opening: 'A set of three saucepans that nest and save a shelf.',
          features: [
            'The aluminum core reaches up the walls, so milk does not burn.',
            'Marks inside the pans replace a measuring jug.',
            'The rims pour without a drop down the side.',
          ],
          attributes: { pieces: [3, 5], oven_safe_c: [180, 240] },
        },
      ],
      attributes: {
        color: ['black', 'cherry red', 'sea blue', 'steel'],
        induction: [true, false],
      },
      care: 'It carries a guarantee of 25 years.',
    },
    {
      id: 'lamps',
      name: 'Lamps',
      code: 'LMP',
      brands: {
        Fathom: ['Reef', 'Lagoon', 'Anchor'],
        Glimmerworks: ['Crane', 'Heron', 'Stork'],
        Halden: ['Linje', 'Bue', 'Kvist'],
        Papyra: ['Moon', 'Lantern', 'Fold'],
      },
      kinds: [
        {
          noun: 'Desk Lamp',
          price: [35, 219],
          opening: 'A desk lamp that lights the page and not the eyes.',
          features: [
            'The arm stays where it is put, without a screw to tighten.',
            'The base charges a phone.',
            'The color of its light follows the day.',
          ],
          attributes: { power_w: [6, 9, 12], dimmable: [true] },
        },
        {
          noun: 'Floor Lamp',
          price: [79, 499],
          opening: 'A floor lamp for the chair that everybody wants to read in.',
          features: [
            'It turns its head to the book or to the ceiling.',
            'The foot is heavy enough for cats.',
            'A step on the switch turns it on with both hands full.',
          ],
          attributes: { height_cm: [140, 160, 185], dimmable: [true, false] },
        },
        {
          noun: 'Pendant Lamp',
          price: [59, 399],
          opening: 'A pendant lamp that makes a table the middle of the room.',
          features: [
            'The shade hides the bulb from everyone who sits.',
            'The cord is covered with cotton and three meters long.',
            'It hangs level, whatever the ceiling does.',
          ],
          attributes: { diameter_cm: [25, 40, 55], dimmable: [true, false] },
        },
      ],
      attributes: {
        color: ['brass', 'white', 'forest green', 'terracotta'],
        socket: ['E26', 'E27'],
      },
      care: 'The bulb can be changed, and one is included.',
    },
    {
      id: 'chairs',
      name: 'Chairs',
      code: 'CHR',
      brands: {
        Halden: ['Ask', 'Furu', 'Eik'],
        Sitwell: ['Clerk', 'Editor', 'Director'],
        Bentgrove: ['Willow', 'Alder', 'Hazel'],
        Formosa: ['Plaza', 'Veranda', 'Studio'],
      },
      kinds: [
        {
          noun: 'Office Chair',
          price: [149, 899],
          opening: 'An office chair that moves with you instead of holding you still.',
          features: [
            'The seat slides to the length of your legs.',
            'The mesh back stays cool in July.',
            'Arms, height and tilt set without a manual.',
          ],
          attributes: { max_load_kg: [110, 130, 150], armrests: ['fixed', '2D', '4D'] },
        },
        {
          noun: 'Dining Chair',
          price: [69, 349],
          opening: 'A dining chair for dinners that end at midnight.',
          features: [
            'The back bends a little, which is what makes it comfortable.',
            'Six of them stack in a corner.',
            'The joints are glued and doweled, without a single screw.',
          ],
          attributes: { wood: ['oak', 'ash', 'beech'], seat: ['wood', 'woven cord', 'wool'] },
        },
        {
          noun: 'Lounge Chair',
          price: [199, 1_199],
          opening: 'A lounge chair that is hard to get out of, for good reasons.',
          features: [
            'The cushions keep their shape, and their covers come off.',
            'It leans back as far as a nap needs.',
            'The wide arms hold a cup and a book.',
          ],
          attributes: { wood: ['walnut', 'oak'], cover: ['wool', 'linen', 'leather'] },
        },
      ],
      attributes: { color: ['natural', 'black', 'moss', 'petrol'], assembled: [true, false] },
      care: 'The wood comes from certified forests.',
    },
  ],
}
