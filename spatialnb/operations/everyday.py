"""What people say, and what tools call it: "smog" is air quality to a weather service, "my money back" is a refund.

A line is a concept in the words of programming interfaces, then `>`, then words and phrases (set apart by commas) by
which people mean it. Whoever says one of these speaks of the concept too. The table is of the subjects that public
interfaces are about, not of the operations there happen to be.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cache

from spatialnb.library.words import stem, tokens

PHRASE = 1.6
"""What several words together count against one, which may mean many things."""

_LINES = """
create new add > make, set up, start, open, build, put together, register
create new add > save, record, note, write down, establish, i want a, i need a
delete remove > get rid of, throw away, take out, take off, discard, erase, wipe
delete remove > clear, drop, bin, trash, kill, scrap, purge
update edit modify > change, correct, adjust, alter, fix, amend, revise, set, put right, replace
list get all > which, what are, show me, every, all the, what do we have, enumerate, overview, give me all
search find query > look for, look up, find, hunt for, discover, seek, where is, any, recommend
get retrieve read fetch > show, give me, tell me, what is, what was, look at, check, see, open
send post deliver > tell, let know, inform, forward, mail, drop a line, notify, pass on, share
cancel stop end terminate > call off, is off, no longer, quit, shut down, abort, halt, no more, break off, put an end
start run launch > begin, kick off, spin up, boot, fire up, go, switch on, have it run
restart rerun retry > again, afresh, once more, reboot, reload, fresh
pause resume stop playback > silence, be quiet, hold on, halt, continue
move transfer transition stage > drag, shift, bring, hand over, push, advance, mark as, is done, won, lost, finished
assign owner > give to, hand to, responsible, in charge, take over, delegate, ask to do
schedule later > not now, in an hour, at noon, ahead of time, when it is time, at a given time
status state > has, is it, how far, is done, yet, still, progress, happening, going on
resolve close > fixed, solved, done, settled, handled, taken care of
approve sign > agree, accept, confirm, consent, ok
invite attendees participants members > who came, who attended, who was there, guests
invite attendees participants members > join, bring in, let in, who is in
permission share access role > let, allow, give access, may edit, can see, open for, grant
block deny ban firewall rule > keep out, shut out, attack, attacker, intruder, hacker, lock out, stop from
mute silence notification alert > quiet, do not disturb, pager, be left alone, no beeping, hush
version revision history release > older, earlier, previous, who changed, changed when, restore point, as it was
checkpoint snapshot backup > back up, restore point, save a copy, safe copy, before we touch, in case
copy duplicate > five more, another, same again, clone, once more, template, more of
archive trash > put away, throw away, out of sight, thrown away
download export > get, pull down, save to disk, fetch, offline, take home
upload import put > publish, bring up, hand in, add file, load, take in, bring in, store
merge pull > get into, land, combine, bring together, join
comment review feedback > remark, answer, reply, say about, opinion, note, leave a word, respond, think of
reaction like star follow > thumbs up, heart, favourite, fan, bookmark, subscribe
count statistics analytics metrics > how many, how much, numbers, figures, views, popular, how often, traffic
limit usage quota > how much is left, used up, allowance, remaining
explain plan > why, slow, reason, how does
temporary expiry lifecycle > after an hour, for a day, stops working
temporary expiry lifecycle > runs out, older than, cold storage, cheap storage
issue ticket bug error exception crash > broken, fails, failure, problem, crash
issue ticket bug error exception crash > crashes, does not work, wrong, defect, complaint, fault
stack trace event log output > traceback, printed, print, what happened, died, said before, details of the crash
repository code source git > codebase, repo, function, called, programme, script, commit
pull request merge branch base > main, trunk, changes waiting, patch, contribution, approved
workflow run build pipeline conclusion > ci, passed, green, red, tests pass, checks, build
release tag version changelog > publish version, ship, rollout, planned versions, v1, v2
sprint board backlog worklog > iteration, scrum, hours spent, spent hours, time spent, book time, story, epic
card list board checklist > to-do, todo, task list, steps, doing, done column, kanban
deployment replicas scale pod container node > copies of the service, more traffic, load, worker
deployment replicas scale pod container node > instances, cluster, capacity, stuck
instance server machine volume > computer, box, host, vm, disk, drive of the machine, database machine
bucket object storage s3 > amazon, cloud storage, blob, stored files
presigned url link > download link, address, share link, tiny link, web address
dns record zone domain > point to, hostname, site name, nameserver, subdomain, web address resolves
cache cdn content purge > old page, stale, outdated, flush, refresh the site, still see the old
dashboard metric time series > plot, graph over time, cpu, memory, latency, load, monitor
secret key token password > credential, login code, passphrase, api key
verification code authentication > typed code, right code, login, one-time, pin, two-factor, sign in
kernel notebook session terminal > cell, hangs, frozen, jupyter, python, running forever, stuck, ipynb
interrupt > stop running, running forever, endless, infinite loop, ctrl c
contents directory folder file > in here, this folder, files, path, notebooks, documents
table schema column row database sql query > warehouse, records, select statement, count per, fields, data base
record row base > entry, line, inventory, item, new row
spreadsheet sheet cells range values > excel, table, column b, figures, a1, budget, numbers
chart graph > bar, pie, plot, diagram, curve, visualise, draw a graph
page block document database wiki > notes, bullet points, text, meeting notes, write-up, article
customer contact lead crm > client, buyer, person, shopper, prospect, account, guest, save a person, address book
deal pipeline stage opportunity > sale, won, lost, close the deal, contract
call engagement phone > phoned, ring, rang, telephone, dial, spoke to, talk on the phone, hotline
task due reminder > remind, do not forget, chore, to do, follow up, errand
sms text message phone > text, text someone, write to a number, short message
whatsapp message > chat message, messenger
email message mail recipient > mail, write to, letter, inbox, unread, newsletter, mailbox, send to, reply to
draft > unfinished, not yet sent, prepare a letter
filter label rule incoming mail > sort my mail, automatically move, spam
attachment file > the pdf from, enclosed, attached
vacation responder auto-reply > away, on holiday, out of office, answer automatically, on leave
calendar event > diary, appointment, agenda, date, dinner, dentist, birthday, my day, plans, lunch with
free busy availability > free, have time, available, when can, slot, occupied, both free
meeting conference > video call, video conference, call with, zoom
meeting conference > webinar, online meeting, get-together, stand-up, sync
transcript transcribe speech text > what was said, words spoken, spoken, written record, minutes, protocol, subtitles
channel message workspace post > team chat, group chat, everyone, room, tell the team, announce
user member profile status > colleagues, people, who is in, staff, teammates, away message
announcement course class students > tell all students, lecture, let everyone know, notice
assignment submission course grade > homework, essay, exercise, mark, exam
assignment submission course grade > test, paper, due in class, score, grade, biology
payment charge intent > pay, charge a card, collect money, take money, debit, checkout
refund charge > money back, give back, return the money, reimburse, return
invoice bill > bill, bills, owe, owes, paid yet, unpaid, charge for, consulting, not paid
subscription plan > monthly, membership, plan, renew, no longer want, contract
coupon discount code > percent off, voucher, sale, cheaper, rebate, types code, promotion, reduced
balance payout account > how much money, in the bank, earned, transferred to us, takings
dispute chargeback > charge back, contested, claims, complained to the bank
product order inventory shop > shop, store, stock, goods, mugs, sold, in stock, buyer, warehouse, pieces left
checkout abandoned cart > basket, never paid, filled, left without buying, cart
fulfillment order shipped tracking > sent out, left the building, dispatched, shipped, on its way, delivered
shipment parcel tracking carrier delivery > package, box, where is my, courier, postage
shipment parcel tracking carrier delivery > dhl, ups, post office, arrive, mail a box
shipping rates label > cheapest carrier, postage, send a box, kilogram, weight
exchange rate currency convert > dollars, euros, pounds, yen, francs, foreign money, worth in, how much in
stock quote price equity ticker > shares, trading at, share price, market, wall street, apple, nasdaq
earnings company financial > profit, revenue, made last quarter, income, results
cryptocurrency digital currency bitcoin > coin, bitcoin, ether, blockchain, crypto
weather forecast rain temperature > umbrella, rain, sunny, cold, hot, warm, snow
weather forecast rain temperature > degrees outside, outside, wind, jacket, coat, wet, freezing, weekend weather
historical weather > hot was it, was it raining, weather on, that day, last year
weather alerts warning storm flood > hurricane, tornado, danger, thunderstorm, severe, warnings
air pollution quality > smog, dirty air, breathe, dust, pollen, fumes, haze
ultraviolet index sun > sunburn, sunscreen, suncream, uv, tan
sunrise sunset > gets dark, get dark, gets light, dawn, dusk, daylight, twilight, golden hour
tide tides water level > low water, water is lowest, ebb, flood tide, sea level, coast, harbour
earthquake magnitude > ground shaken, shaking, tremor, quake, seismic
coordinates latitude longitude geocode address > where on the map, position of, location of, gps
directions route > how do i get, way to, on foot, walk to, drive to, cycle to, navigate, route
distance travel time > how far, how long does it take, kilometres between, miles
places nearby > near here, close by, around here, chemist, restaurant
places nearby > cafe, supermarket, petrol, metres of here, in the neighbourhood
place details opening hours reviews > open now, opens, closes, how good is, phone number of
elevation altitude > how high, height above, above the sea, mountain, metres above
timezone time offset > what time is it, time difference, compared to here, clock, local time
transit departures bus train tram > tram, bus, metro, underground, subway
transit departures bus train tram > next train, stop, platform, public transport, line
flight airline airport > fly, plane, flying, airline, airport, ticket to, delayed, gate, landing
hotel room stay > place to sleep, overnight, nights, accommodation, bed, check in
attractions sights points of interest > tourist, what to see, sightseeing, things to do, visit, around the
transfer taxi car > cab, taxi, driver, pick me up, lift, ride
seat map > window seat, aisle, where do i sit
light switch turn on > lamp, lights on, put the light on, power on, heater on
light switch turn off > lamp, lights out, put the light out, power off, switch off, off
thermostat temperature target > warmer, cooler, heating, degrees, room temperature, chilly
lock door > leaving the house, secure, shut the door, burglar, is it locked
vacuum cleaning > floor is dirty, hoover, sweep, clean up, dust, crumbs, tidy
camera snapshot > at the door, take a picture, see who, doorbell, watch the
cover blind garage > shutters, curtains, blinds, garage door
state sensor entity > is it on, reading, measure in the house, humidity
playback device player > play, playing, music off, listen, put on, song
next track skip > next, skip, another song, not this song
volume > louder, quieter, turn it up, turn it down, loud
playlist > mixtape, mix, songs for, collection of songs, set list
tracks artist album music > song, songs, band, hear, singer, listen, tune, record, hit, concert
recommendations seed > like, similar to, something new, suggest, in the style of, what should i
audio features tempo key energy > beats per minute, bpm, fast, key is it in, danceable, mood of the track
compose music score audio > piano, piece, tune, melody, song, calm, soundtrack, score, orchestra, jingle, sound, beat
sound effect audio > noise, make sound, sounds, door slam, explosion, footsteps
speech voice text audio > read aloud, read out, aloud, say, speak
speech voice text audio > narrate, voice, spoken, female voice, male voice, pronounce
voice clone > my own voice, sound like me, synthetic voice, imitate
background noise isolate audio > hum, hiss, noisy, clean up the recording, buzzing, denoise, fan
dub audio video language > german voices, french voices, foreign film, in another language, voices
captions subtitle video > subtitles, words on screen, closed captions
video upload youtube > clip, channel, publish the film, unlisted, vlog
video generate image motion > moving, animate, bring to life, come alive, footage, moving picture
comments video viewers > viewers, audience, people write under, fans say
thumbnail image video > cover picture, preview picture
movie film title > film, films, cinema, stream, watch, actor, blade runner
movie credits cast crew > played, who was in, actor, actress, director, starring, villain, role
trending popular > everybody watching, hot, in fashion, hits, what is popular, right now
streaming watch providers > stream, where can i watch, netflix, on tv
episodes season tv series > show, series, episode, season
photos stock search > free pictures, stock photo, wallpaper, photograph of, images of
random photo > surprise me, any picture, random picture
image generate draw picture prompt > paint, poster, draw, picture of, illustration, sketch, artwork, render
upscale image resolution > low-res, low resolution, too small for print, 4k, pixelated, sharper, blurry, enlarge
remove background foreground image > cut out, nothing behind, transparent, isolate the person, without background
inpaint image replace > replace in the photo, swap in the picture, instead of the
inpaint image replace > fill in, retouch, take out of the picture
outpaint image extend > wider picture, more around, extend the picture, beyond the edge
recolor color image object > different colour, make the car red, paint over, colour of the
image 3d asset model mesh > object to walk around, three-dimensional
image 3d asset model mesh > 3d, sculpture from photo, turn the photo into an object
scanned text ocr document extract > scan, written on, handwriting, printed page, read the page, letter
receipt total merchant > bill from the shop, how much did, cost according to, lunch, till
design components frame file render images > mockup, design file, pngs, buttons and icons, hero, layout, design system
translate language text > say in, in spanish, in french, in german, in english
translate language text > in japanese, in italian, how do you say, into english, foreign
translate document > word file, whole document, pdf in french, that i need in
glossary term translations > always translated, our terms, same way, product names
synonyms similar meaning > another word, other word for, different word
define definition word > what does it mean, meaning of, mean, explain the word
books author isbn > novel, wrote, writer, read, library, book
paper article preprint abstract > papers, research, study, science, scientific, publication, literature on
encyclopedia page summary wikipedia > who was, who is, in two sentences, what is known about, biography, tell me about
events on this day history > happened on, anniversary, in history, that date
news headlines articles > going on in the world, what happened today, press, newspaper, current affairs, latest on
astronomy picture space > universe, stars, galaxy, telescope, cosmos, sky, planet
mars rover photos > red planet, curiosity, perseverance
asteroid near earth objects > rock from space, meteor, comet, hit us, come close
satellite imagery earth landsat > from above, from space, aerial
solar flare space weather > aurora, northern lights, sun storm
public holidays > bank holiday, day off, feast, christmas, holiday, office closed
quotation quote > wise, saying, words of, something from, citation
joke > laugh, funny, cheer me up, humour, make me smile
color scheme palette > colours that go, matching colours, go well with, hues, colour combination
qr code > scan with their phone, scan, code for the phone
short link url > too long, tiny, shorten, address is long
recipes ingredients cook > cook, eat, dinner idea, eggs, dish, bake, kitchen, meal, breakfast
meal plan diet > what should i eat, week of food, vegetarian, vegan, diet, monday to sunday
substitutes ingredient > instead of, have no, ran out of, replace in baking, alternative for
wine pairing > drink with, which wine, goes with
nutrition energy calories food product > calories, fat, sugar, healthy, protein, how many calories
barcode product > scan the packet, ean, packet
activity steps calories > walked, steps, how active, moved today, fit
sleep stages > asleep, slept, night, bed, insomnia, rest
heart rate > pulse, heartbeat, beats, during the run
log water drunk > drank, thirst, litre, glass of water
body weight log > weigh, scales, kilos, pounds lighter
form survey quiz responses > questionnaire, poll, ask visitors, opinions, what did people answer, feedback form
signature sign envelope document > signed, agreement, lease, contract, electronically, both partners, counter-sign
arrange layout items placement > lay out, line up, in a circle, in a row
arrange layout items placement > in a grid, around, spread out, as a timeline, hang
place item space > put in, bring into the room, hang on the wall, set down, stand it
resize scale larger smaller > bigger, twice as big, huge, tiny, enlarge, shrink, half the size
rotate turn face > look at, face me, turn around, towards, tilt, upside down
move position item > to the left, to the right, closer, further, up a metre, shift, higher, lower
hide visible > do not want to see, out of sight, invisible, not show, cover
lock items fixed > by accident, nobody moves, keep in place, stay put, protect
group items together > as one, one thing, belong together, cluster, keep together
ungroup dissolve > take apart, separate, break up, split the group
label text write caption > sign saying, write above, title, words on, heading, name plate
tag labels mark > favourites, keyword, mark those
rename name > call, from now on, another name, title of
select highlight choose > highlight, pick out, those that are, mark the ones
duplicate copy items > more of this, another five, copies
undo revert take back > not what i meant, oops, no, mistake, wrong, never mind, put it back, take that back
redo again > second thought, do it again, after all
restore revision > as it was, go back to, earlier state, how everything was
environment theme light background > darker, brighter, night, mood, gloomy, atmosphere, sunny, in here
environment room create > hall, museum, new room, gallery, build me a
canvas board create > empty board, sketches, second board, blank
export video film render file mp4 > turn into a film, save as, mp4, movie of the scene, web page
ingest import library files folder > take in, read in, scans, my files, add my pictures, load the folder
search assets library > in the library, show me all pictures, find pictures, which videos
jobs vacancies > work, hiring, career, position, salary
property listing rent > flat, apartment, house, to let, landlord, estate agent
vehicle car > car, fuel, mileage, drive
event tickets venue > concert, gig, show tonight, theatre, seats
sport match score league > game, team, won the match, football, result
game player > play, level, high score
animal pet > dog, cat, vet, puppy
calculate math add subtract multiply divide > how much is, times, plus, minus
calculate math add subtract multiply divide > sum of, divided by, altogether, in total
convert units measurement > in miles, in kilometres, in inches, fahrenheit, celsius, how many feet, in ounces
web search internet > google, online, on the internet, look up, find out about, information about, what is, who is
encyclopedia article summary > who is, who was, history of, background on, explain who, life of, invented
alarm timer clock > wake me, wake up, countdown, minutes from now, set an alarm, stopwatch
reminder task > remind, remember to, do not let me forget, note to self
ride sharing taxi driver > cab, taxi, uber, ride, take me to, pick me up, chauffeur
restaurant reservation table > eat out, dine, dinner for, lunch at, book a table, hungry, reserve a table
rental car vehicle > rent a car, hire a car, suv, convertible
train ticket journey > train, railway, rail, carriage, by rail, fare
bus ticket journey > coach, bus, shuttle
ship ferry cruise > boat, crossing, sail
bank account transaction transfer > send money, wire, statement, spent, savings, my account, deposit, withdraw
expense budget > spending, costs, expenses, spent on, afford
tax salary payroll > wages, pay slip, income tax, earn
insurance policy claim > insured, accident, damage claim
doctor appointment medicine patient > ill, sick, symptoms, prescription, pharmacy, hospital, medication, dose
workout exercise training > gym, run, jog, yoga, training, exercise, push-ups
encrypt decrypt hash cipher > secret code, scramble, unscramble, checksum
password generate random > strong password, random number, dice, coin, pick at random, lottery
user account authenticate login > sign in, log in, log on, sign up, my account, who am i
group permission role member > admin, team access, add to the group, rights
host server usage monitoring > uptime, is it down, reachable, memory use, disk space, slow server
network address ping > internet connection, wifi, connected, latency, port
process service start stop > shut down, bring up, daemon, running processes
social post tweet > post, tweet, share publicly, feed, timeline of, followers, hashtag
product review rating > stars, rated, opinions on, worth buying, good or bad
product search price compare > buy, cheapest, price of, on sale, how much does it cost, shop for
gift card wish list > present, birthday present, wish
podcast radio episode > listen to, broadcast, station, show
television channel programme > on tv, tonight on, broadcast
concert artist tour > live, on tour, playing near
lyrics song > words of the song, sing along, text of the song
photo album gallery > my pictures, camera roll, snapshots
crop rotate flip filter image > mirror, turn the picture, black and white, brightness of the photo, cut the picture
compress resize image > smaller file, shrink the picture, thumbnail
face detect recognize objects image > who is in the picture, what is in the photo, recognise, faces, count the people
caption describe image > what does the picture show, describe the photo, alt text
video trim cut merge > shorten the clip, join clips, first seconds of
animation gif > moving picture, loop, short animation
font text typography > lettering, typeface, handwriting
print document printer > paper copy, hard copy
merge split pdf pages > combine the pdfs, one document of, pages of
summarize text > in short, key points, gist, too long to read, tl dr, sum up, digest
sentiment classify text > tone of, positive or negative, angry, mood of the text, what kind of
grammar spelling correct text > typos, proofread, mistakes in my text, spell
rewrite paraphrase text > say it better, in other words, more formal, more polite
speech language detect > what language is, which tongue
poem story write generate text > poem, story, tale, verse, rhyme, essay about
chart map visualize > draw a map, heat map, show on a map
statistics average median > average, mean of, typical, standard deviation
predict forecast trend model > will it, future, expect, estimate, outlook
schedule appointment slot booking > book me in, make an appointment, slot, reserve, visit
attendance absence leave > sick today, day off, holidays left, absent
employee staff hr > new colleague, hire, onboarding, worker
candidate interview application > applicant, job interview, cv, resume
lead campaign newsletter marketing > mailing, subscribers, advert, ads, campaign
ticket support customer service agent > help desk, complaint, human, speak to someone, support
return order exchange > send back, wrong size, swap it, return label
warehouse stock supplier purchase > reorder, supplier, restock, run low
contract legal clause > agreement, terms, lawyer, legal
property house search rent buy > apartment, flat, bedrooms, bathrooms, move in
energy electricity meter > power consumption, kilowatt, electricity bill, gas
solar panel battery charge > charge the car, battery level, plugged in
car status lock charge > unlock the car, fuel left, tyre pressure, where did i park
traffic road incident > jam, congestion, roadworks, accident on the
parking space > park, car park, garage, where can i leave the car
plant garden water > watering, flowers, soil, grow
pet animal breed adopt > dog, cat, puppy, kitten, vet
sport match team league score > game, football, won, match, fixture, standings, tournament
chess game move > play chess, opening, checkmate
trivia quiz question > quiz, riddle, test my knowledge
horoscope zodiac > star sign, stars say
name baby meaning > what to call the baby, first name
holiday trip itinerary > plan a trip, weekend away, journey, travel plan, days in
visa passport country > entry rules, may i enter, embassy
country capital population > inhabitants, how many people live, capital of, flag
chemistry element compound molecule > atom, formula of, element, compound
physics force velocity energy > speed, acceleration, falls, gravity
biology gene protein species > dna, gene, mutation, animal kind
geometry area volume > square metres, triangle, circle area, hypotenuse
probability distribution random > chance of, odds, likely
pod node container deployment kubernetes > cluster, running in the cluster, service instances
conversation history messages > has been said, was written, discussed, talked about, catch up, missed
message label mark > important, starred, flag, spam, as read, as unread, priority
commit push > pushed, checked in, committed, contributions, changed in the code
quick event calendar > coffee with, lunch with, dinner with, meet with, date with
video search > videos about, clips about, tutorials, how to video
image map location marker > picture of a map, map around, city map
subscription channel follow > subscribed, channels am i, follow, keep me posted
opening hours place details > until when, open until, closed on, is it open
reschedule update event > push back, postpone, bring forward, another day, later than planned
cancel order > changed her mind, changed his mind, call it off, no longer wants
customer list > who pays, buyers, who has bought, clientele
product list catalogue > what do we sell, on offer, assortment, range
rerun workflow retry > try it once more, hiccup, flaky, run again
folder create directory > make a folder, new folder, sub-folder
voice list > which voices, who can read, speakers
language list supported > which languages, into which languages
usage characters limit > may i still, left this month, remaining
log error list project > crashing, what goes wrong, in production, failing
alert rule condition create > wake me, warn me when, tell me when, notify if, almost full, too high
security group ingress port > open port, let traffic in, expose, reachable from outside
node unschedulable cordon > no more work on, take out of service, drain, maintenance of the machine
secret store credentials > keep safely, keep the password, hide the key
domain zone list > which domains, own domains, websites of ours
book order offer flight > take the cheapest, take this flight, buy the ticket
cover blind position > close the blinds, half open, let the light in, shades
sensor state reading > is the window open, humidity, is it on
historical date past > back then, in 1990, in 2010, years ago, on that date, used to be
company overview information > company behind, about the company, what does the company do
playback start > play some, put on, start the music
current playing song > what song is this, which song, name of this song
top tracks popular > most popular songs, greatest hits, best of
add playlist item video > watch later, put on my list, save for later
image outpaint extend > panorama, wider, beyond the frame
image recolor > in blue, in red, another colour, different colour
sketch image drawing > pencil drawing, scribble, rough drawing, doodle
contact search > phone number of, find the client, who is our contact
recording list > recorded, play back, recordings of
phone number lookup > whose number, who called, caller
append block page > bullet points, notes, meeting notes, paragraph, to the end of, below the text
list pull request > waiting to be merged, to be reviewed, ready for review, open changes
"""


def _shape(pattern: str, concept: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    return re.compile(pattern), tuple(stem(word) for word in tokens(concept))


SHAPES: Sequence[tuple[re.Pattern[str], tuple[str, ...]]] = (
    _shape(r"\b[\w.+-]+@[\w-]+\.\w+", "email user"),
    _shape(r"\bhttps?://|\bwww\.", "url link page"),
    _shape(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", "ip address"),
    _shape(r"\+\d[\d ()/-]{6,}\d", "phone number"),
    _shape(r"\b[A-Z]{2,10}-\d+\b", "ticket issue key"),
    _shape(r"(?<!\w)#[a-z][\w-]+", "channel"),
    _shape(r"(?<!\w)@[a-z][\w-]+", "user"),
    _shape(r"\b(?:97[89][ -]?)?\d{9}[\dX]\b", "isbn edition"),
    _shape(r"\b1Z[0-9A-Z]{16}\b|\b1Z\w{6,}\b", "tracking shipment"),
    _shape(r"\b[A-Z]{2} ?\d{2,4}\b", "flight number"),
    _shape(r"[$€£¥]\s?\d|\d\s?[$€£¥]", "money price amount"),
    _shape(r"(?i)\.(?:mp4|mov|avi|webm)\b", "video file"),
    _shape(r"(?i)\.(?:mp3|wav|ogg|flac|m4a)\b", "audio file"),
    _shape(r"(?i)\.(?:png|jpe?g|gif|webp|tiff?)\b", "image file"),
    _shape(r"(?i)\.(?:csv|xlsx?|ods)\b", "table spreadsheet file"),
    _shape(r"(?i)\.(?:pdf|docx?|odt)\b", "document file"),
    _shape(r"(?i)\.(?:ipynb)\b", "notebook file"),
)
"""What is written in a shape of its own, and what it is."""


@cache
def _concepts() -> Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]]:
    """First stem of what is said, to the whole phrase and the stems of the concept."""
    table: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for line in _LINES.strip().splitlines():
        concept, _, said = line.partition(">")
        names = tuple(dict.fromkeys(stem(word) for word in tokens(concept)))
        for phrase in said.split(","):
            if words := tuple(stem(word) for word in tokens(phrase)):
                table.setdefault(words[0], []).append((words, names))
    return {first: tuple(entries) for first, entries in table.items()}


def concepts_of(text: str) -> dict[tuple[str, ...], float]:
    """The concepts that `text` speaks of, as stems, and how surely: less where what was said may mean several."""
    found = {names: 1.0 for shape, names in SHAPES if shape.search(text)}
    said = [stem(word) for word in tokens(text)]
    table = _concepts()
    for at, first in enumerate(said):
        meant = [entry for entry in table.get(first, ()) if _follows(said, at, entry[0])]
        for phrase, names in meant:
            rivals = sum(1 for other, _ in meant if len(other) >= len(phrase))
            surely = (PHRASE if len(phrase) > 1 else 1.0) / math.sqrt(rivals)
            found[names] = max(found.get(names, 0.0), surely)
    return found


def _follows(said: Sequence[str], at: int, phrase: Sequence[str]) -> bool:
    """Whether `phrase` is said from `at` on, with at most one other word between two of its own."""
    for word in phrase[1:]:
        at = next((there for there in (at + 1, at + 2) if there < len(said) and said[there] == word), -1)
        if at < 0:
            return False
    return True
