import type { Department } from './demo.ts'

export const sport: Department = {
  id: 'sport',
  name: 'Sport',
  shelves: [
    {
      id: 'running-shoes',
      name: 'Running Shoes',
      code: 'RUN',
      brands: {
        Stride: ['Tempo', 'Easy Day', 'Negative Split'],
        Fellstep: ['Dash', 'Loop', 'Marathon'],
        Velora: ['Lift', 'Flow', 'Glide'],
        Pacer: ['One', 'Two', 'Ten'],
      },
      kinds: [
        {
          noun: 'Road Running Shoes',
          price: [79, 199],
          opening: 'Road running shoes for the same round in every weather.',
          features: [
            'The foam gives back what the street takes.',
            'The heel is shaped to leave the tendon alone.',
            'They are good for a thousand kilometers.',
          ],
          attributes: { drop_mm: [4, 8, 10], weight_g: [220, 250, 280] },
        },
        {
          noun: 'Trail Runner 2',
          price: [99, 219],
          opening: 'Trail running shoes that turn roots and scree into a path.',
          features: [
            'The grip is cut after a study of goats.',
            'The laces tuck away from branches.',
            'A gaiter hooks in at the front and keeps the grit out.',
          ],
          attributes: { drop_mm: [0, 4, 6], weight_g: [260, 300] },
        },
        {
          noun: 'Racing Flats',
          price: [119, 279],
          opening: 'Racing flats for the one day for which all the others were.',
          features: [
            'A carbon plate rolls every step forward.',
            'The upper weighs as little as a letter.',
            'They hold in the wet corners of a city course.',
          ],
          attributes: { drop_mm: [6, 8], weight_g: [170, 195] },
        },
      ],
      attributes: {
        color: ['white', 'volt yellow', 'black', 'coral'],
        fit: ['regular', 'wide'],
      },
      care: 'Sizes run from 35 to 49, in halves.',
    },
    {
      id: 'cycling',
      name: 'Cycling',
      code: 'CYC',
      brands: {
        Sprocket: ['City', 'Gravel', 'Alpine'],
        Peloton: ['Breakaway', 'Domestique', 'Echelon'],
        Canal: ['Lock', 'Towpath', 'Bridge'],
        Lumenor: ['Beam', 'Spark', 'Flash'],
      },
      kinds: [
        {
          noun: 'Bike Helmet',
          price: [45, 249],
          opening: 'A bike helmet that is light enough to be worn for the short ride too.',
          features: [
            'A sliding liner takes the twist out of a fall.',
            'Air comes in over the forehead and leaves at the neck.',
            'The buckle closes with one hand, by magnet.',
          ],
          attributes: { size: ['S', 'M', 'L'], weight_g: [240, 280, 330] },
        },
        {
          noun: 'Bike Light Set',
          price: [25, 129],
          opening: 'A pair of bike lights to see with and to be seen by.',
          features: [
            'The rear light glows brighter when you brake.',
            'They clip to any bar and seat post without a tool.',
            "The front beam is cut off at the top, as a car's is.",
          ],
          attributes: { lumens: [80, 400, 800], battery_hours: [5, 12, 30] },
        },
        {
          noun: 'Bike Pannier',
          price: [49, 199],
          opening: 'A bike pannier for groceries, files and rain.',
          features: [
            'It hooks on with one hand and does not rattle.',
            'Off the bicycle it is a shoulder bag.',
            'The floor is stiff and stands by itself.',
          ],
          attributes: { volume_l: [15, 20, 25], waterproof: [true] },
        },
      ],
      attributes: { color: ['black', 'lime', 'signal red', 'sky blue'], reflective: [true, false] },
      care: 'It is tested for three winters before it is sold.',
    },
    {
      id: 'yoga',
      name: 'Yoga & Fitness',
      code: 'YOG',
      brands: {
        Lotusfield: ['Dawn', 'Noon', 'Stillness'],
        Velora: ['Calm', 'Balance', 'Core'],
        Sanga: ['Root', 'Branch', 'Leaf'],
        Ironleaf: ['Light', 'Medium', 'Heavy'],
      },
      kinds: [
        {
          noun: 'Yoga Mat',
          price: [29, 139],
          opening: 'A yoga mat that stays where it was rolled out.',
          features: [
            'The natural rubber grips better the warmer it gets.',
            'Fine lines help to find the middle.',
            'It is thick enough for knees on a stone floor.',
          ],
          attributes: { thickness_mm: [3, 5, 8], material: ['natural rubber', 'cork', 'TPE'] },
        },
        {
          noun: 'Kettlebell',
          price: [25, 119],
          opening: 'A kettlebell cast in one piece, with a handle for two hands.',
          features: [
            'The finish holds chalk and does not tear palms.',
            'A rubber foot is kind to the floor and to the neighbors below.',
            'Its weight is true to twenty grams.',
          ],
          attributes: { weight_kg: [4, 8, 12, 16, 24], material: ['cast iron'] },
        },
        {
          noun: 'Resistance Band Set',
          price: [15, 69],
          opening: 'A set of resistance bands that is a gym in a drawer.',
          features: [
            'Five strengths are told apart by color and by print.',
            'A door anchor and two handles come with them.',
            'The fabric bands do not roll up on the thigh.',
          ],
          attributes: { pieces: [3, 5], material: ['latex', 'cotton'] },
        },
      ],
      attributes: { color: ['sage', 'plum', 'graphite', 'sand'] },
      care: 'It ships without plastic.',
    },
  ],
}
