import type { Department } from './demo.ts'

export const electronics: Department = {
  id: 'electronics',
  name: 'Electronics',
  shelves: [
    {
      id: 'headphones',
      name: 'Headphones',
      code: 'HDP',
      brands: {
        Aurelia: ['Drift', 'Halo', 'Vale'],
        Kestrel: ['Quiet 2', 'Studio', 'Field'],
        Monoton: ['Plain', 'Loud', 'Mono 5'],
        Sonder: ['Commute', 'Night', 'Long Haul'],
      },
      kinds: [
        {
          noun: 'Wireless Headphones',
          price: [59, 349],
          opening: 'These over-ear headphones are made for long flights and open-plan offices.',
          features: [
            'Eight microphones listen to the room and take its hum away.',
            'A quarter of an hour on the cable gives five hours of music.',
            'They stay connected to a phone and a laptop at the same time.',
          ],
          attributes: {
            connection: ['Bluetooth 5.2', 'Bluetooth 5.3'],
            battery_hours: [24, 38, 60],
          },
        },
        {
          noun: 'Earbuds',
          price: [29, 249],
          opening: 'Small earbuds that stay in place on a run and disappear in a pocket.',
          features: [
            'Four sizes of soft tips seal the ear without pressing on it.',
            'A tap lets the street in when you need to hear it.',
            'The case charges them three times before it needs a socket.',
          ],
          attributes: { connection: ['Bluetooth 5.3'], battery_hours: [6, 8, 11] },
        },
        {
          noun: 'Wired Headphones',
          price: [25, 199],
          opening: 'Wired headphones for everyone who has charged enough things today.',
          features: [
            'The braided cable is three meters long and can be replaced.',
            'Velour pads stay cool through a whole working day.',
            'They play from a phone without an amplifier.',
          ],
          attributes: { connection: ['3.5 mm', '6.3 mm'], impedance_ohm: [32, 80, 250] },
        },
      ],
      attributes: {
        color: ['black', 'white', 'navy', 'sand'],
        noise_cancelling: [true, false],
      },
      care: 'The pads and tips can be bought and changed without a tool.',
    },
    {
      id: 'speakers',
      name: 'Speakers',
      code: 'SPK',
      brands: {
        Aurelia: ['Tide', 'Pebble', 'Harbor'],
        Kestrel: ['Room', 'Perch', 'Wingspan'],
        Monoton: ['Brick', 'Tower', 'Block'],
        Sonder: ['Porch', 'Shelf', 'Garden'],
      },
      kinds: [
        {
          noun: 'Bluetooth Speaker',
          price: [35, 229],
          opening: 'A portable speaker that fills a kitchen and survives a beach.',
          features: [
            'It floats, and plays on while it does.',
            'Two of them pair to left and right by themselves.',
            'The battery also charges a phone.',
          ],
          attributes: { battery_hours: [10, 16, 24], waterproof: [true] },
        },
        {
          noun: 'Bookshelf Speakers',
          price: [149, 799],
          opening: 'A pair of bookshelf speakers for people who sit down to listen.',
          features: [
            'The silk dome tweeter is gentle with old recordings.',
            'Each cabinet is braced so that the bass stays a tone and not a rattle.',
            'The ports face forward, so they may stand close to a wall.',
          ],
          attributes: { power_w: [50, 80, 120], finish: ['walnut', 'oak', 'black lacquer'] },
        },
        {
          noun: 'Soundbar',
          price: [99, 599],
          opening: 'A soundbar that makes films sound like films and the news intelligible.',
          features: [
            'One HDMI cable is all the wiring there is.',
            'Night mode lifts voices and lowers explosions.',
            'It learns the remote control that you already have.',
          ],
          attributes: { power_w: [120, 200, 320], channels: ['2.1', '3.1', '5.1'] },
        },
      ],
      attributes: { color: ['black', 'grey', 'white', 'red'], voice_assistant: [true, false] },
      care: 'Updates arrive over the air for at least five years.',
    },
    {
      id: 'laptops',
      name: 'Laptops',
      code: 'LAP',
      brands: {
        Tessera: ['Feather', 'Anvil', 'Mosaic'],
        Quill: ['Note', 'Atlas', 'Margin'],
        Oberon: ['Slate', 'Forge', 'Ember'],
        Nimbus: ['Arc', 'Campus', 'Cirrus'],
      },
      kinds: [
        {
          noun: '13-inch Laptop',
          price: [599, 1_799],
          opening: 'A light laptop that is carried all day and charged at night.',
          features: [
            'The matte display stays readable beside a window.',
            'Memory and drive sit in sockets and can be upgraded.',
            'It has no fan, and therefore no fan noise.',
          ],
          attributes: { display_in: [13.3], memory_gb: [8, 16, 32], storage_gb: [256, 512] },
        },
        {
          noun: '15-inch Laptop',
          price: [749, 2_399],
          opening: 'A laptop with room for two windows side by side and a full keyboard.',
          features: [
            'The keys have a travel that long texts are grateful for.',
            'Ports on both sides save adapters.',
            'The battery is held by four screws and changed in five minutes.',
          ],
          attributes: { display_in: [15.6], memory_gb: [16, 32], storage_gb: [512, 1_024] },
        },
        {
          noun: 'Gaming Laptop',
          price: [1_099, 3_299],
          opening: 'A gaming laptop that keeps its frame rate after the first half hour.',
          features: [
            'Vapor cooling moves the heat to the back, away from the hands.',
            'The display redraws 240 times a second.',
            'A switch on the side silences it for the library.',
          ],
          attributes: {
            display_in: [16, 17.3],
            memory_gb: [16, 32, 64],
            storage_gb: [1_024, 2_048],
          },
        },
      ],
      attributes: {
        color: ['silver', 'graphite', 'midnight blue'],
        keyboard: ['US', 'UK', 'ISO'],
      },
      care: 'Spare parts and the repair manual are sold for seven years.',
    },
    {
      id: 'cameras',
      name: 'Cameras',
      code: 'CAM',
      brands: {
        Lumenor: ['L1', 'L3', 'L7'],
        Okular: ['Reporter', 'Wanderer', 'Atelier'],
        Pinhole: ['Box', 'Pocket', 'Parade'],
        Vista: ['Ridge', 'Canyon', 'Summit'],
      },
      kinds: [
        {
          noun: 'Mirrorless Camera',
          price: [649, 2_799],
          opening: 'A mirrorless camera that is small enough to be there when it happens.',
          features: [
            'The sensor is held by magnets and forgives an unsteady hand.',
            'Autofocus finds eyes, also those of birds and dogs.',
            'Two card slots write the same picture twice.',
          ],
          attributes: { resolution_mp: [24, 33, 45], mount: ['L', 'RZ'] },
        },
        {
          noun: 'Compact Camera',
          price: [199, 899],
          opening: 'A compact camera that makes better holiday pictures than a telephone.',
          features: [
            'The zoom reaches from a whole room to a face across the square.',
            'It turns on in less than a second.',
            'The screen tilts up for pictures from the ground.',
          ],
          attributes: { resolution_mp: [16, 20], optical_zoom: [5, 8, 20] },
        },
        {
          noun: 'Action Camera',
          price: [129, 499],
          opening: 'An action camera that goes where a phone should not.',
          features: [
            'It dives to ten meters without a housing.',
            'The horizon stays level when the helmet does not.',
            'Gloved hands can work both of its buttons.',
          ],
          attributes: { video: ['4K 60', '4K 120', '5.3K 60'], waterproof: [true] },
        },
      ],
      attributes: {
        color: ['black', 'silver', 'olive'],
        wifi: [true, false],
      },
      care: 'A strap, a battery and a printed manual are in the box.',
    },
  ],
}
