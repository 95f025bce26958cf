// SPDX-License-Identifier: Apache-2.0

/// The words that simulated prompts are made of.
enum Vocabulary {
  static let nouns = words(
    """
    account algorithm apartment archive array attic auction balance balcony bank barrel
    basket battery bearing bicycle blender board boiler bridge budget cable calendar camera
    canal candle canvas cargo carpet castle cellar chart cheese circuit claim clinic clock
    cloud coast code coffee colony column compass compiler concert contract cottage court
    crane credit crystal current curtain dashboard database deadline debt delivery desert
    device diagram diary dictionary dinner discount disk doctor dough draft drawer dress
    drone duct editor electron elevator email engine envelope equation essay estate exam
    export fabric factory farm ferry festival fiber file filter flight flour folder forecast
    forest formula fountain freezer function furnace galaxy gallery garage garden gate gear
    geometry glacier glove grammar grant graph guitar habit hallway hammer harbor harvest
    helmet hinge horizon hospital hotel hypothesis income index insulin insurance integral
    interview invoice island jacket journal journey juice junction kernel kettle keyboard
    kitchen ladder lamp landlord lantern laptop lawyer leaf lease lecture ledger lemon lens
    lesson letter library license lighthouse loan lock loop luggage magnet mailbox manual
    map market matrix meadow medicine melody memo menu message meter mirror model molecule
    monitor mortgage motor mountain museum needle network notebook novel oak oven packet
    paint palace parcel parser passport pasta patent path pattern payment pencil pension
    permit piano pipeline pixel planet plaster platform poem polymer port portrait pottery
    powder printer prism profit protein protocol pulley pump puzzle quarry query queue quilt
    radio railway recipe record referee refund reservoir resistor river robot rocket roof
    router routine rudder salary sample satellite sauce scanner schedule schema scooter
    screen script sensor sentence server shelf shuttle signal silk skeleton socket soil
    solvent sonata spindle spreadsheet stadium staircase statue stove subway suitcase
    summary survey switch syllabus symptom syntax tablet tank tariff tax telescope temple
    tenant theorem thermostat ticket timber toaster token tower tractor trail transcript
    treaty triangle tunnel turbine tutor valley vaccine valve variable vector vineyard
    violin visa voltage voucher voyage wallet warehouse warranty wheel whistle widget window
    workshop yard zipper
    """
  )
  static let adjectives = words(
    """
    ancient awkward bitter blank blue brittle broken calm cheap circular clumsy coastal cold
    common compact crooked curious daily damp dense digital distant dusty early elastic
    empty exact faint fancy fragile frozen gentle giant golden gradual green hollow humid
    idle indirect inner joint large late lazy level linear liquid local loose loud lunar
    marine modern muddy narrow native neutral noisy northern obscure orange outer parallel
    partial patient plain polite portable precise private proper public purple quick quiet
    random rapid rare raw recent remote rigid rough royal rural rusty salty secret serial
    shallow sharp shiny silent simple slow smooth solar solid spare sparse steady steep
    sticky stiff strange strict sudden sunny tall tender thick tidy tiny urban vacant vague
    vast vertical vivid warm weekly western wild wooden yearly young
    """
  )
  static let verbs = words(
    """
    adjust answer arrange assemble balance borrow bundle calculate cancel carry charge clean
    collect compare compress convert copy count cover decorate decrease deliver describe
    design detect divide draw drop edit encode estimate exchange explain export fasten fetch
    filter fold forget freeze gather grade guess handle hide import improve inspect install
    invent label launch lift list load locate measure melt merge migrate mix monitor move
    organize pack paint parse patch plan plot polish predict prepare print process protect
    prove publish pull query rank read rebuild record reduce remove rename render repair
    replace reset resize restore reverse review rotate sample save scan schedule search
    select send separate simulate sketch solve sort split stack store summarize switch test
    trace translate trim tune update validate verify visit wash weigh wrap write
    """
  )
  static let names = words(
    """
    Abebe Adaeze Aiko Alejandra Amina Anders Anita Arjun Astrid Beatriz Bogdan Carmen Chidi
    Chloe Dalia Daniel Dimitri Elena Emre Farah Felix Fiona Gabriel Grace Hana Hassan Hugo
    Ines Ivan Jamila Jonas Kaito Karim Katarina Kenji Lars Leila Linh Lucia Magnus Malik Mei
    Mira Nadia Nikos Noor Olga Omar Paolo Priya Rafael Rosa Samir Sofia Stefan Tariq Tomas
    Valentina Viktor Wanjiru Yara Yusuf Zofia
    """
  )
  static let places = words(
    """
    Accra Antwerp Bergen Bilbao Bogota Busan Cairo Chennai Cordoba Dakar Darwin Denver
    Dublin Durban Erfurt Fukuoka Gdansk Geneva Haifa Halifax Hanoi Izmir Jaipur Kampala
    Kazan Krakow Lagos Lima Lisbon Lyon Malmo Manila Medellin Mombasa Naples Nantes Osaka
    Oslo Ottawa Perth Porto Pune Quito Riga Rotterdam Santiago Sapporo Seoul Sofia Split
    Tallinn Tampa Toledo Tunis Turin Utrecht Valencia Vilnius Warsaw Zagreb
    """
  )

  private static func words(_ text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).map(String.init)
  }
}
