// SPDX-License-Identifier: Apache-2.0

/// How a page looks.
enum Style {
  /// The style sheet.
  ///
  /// Text has a contrast of 4.5 and more, bars and shades of 3 and more, in both schemes. Shades
  /// differ in lightness, so they can be told apart in grey. Paper is always light.
  static let sheet: Markup = "\(colours)\n\(type)\n\(pictures)\n\(families)\n\(media)"

  private static let colours: Markup = """
    :root{color-scheme:light dark;--page:#fdfdfc;--ink:#1d1f23;--muted:#5b616d;--rule:#dddfe3;
    --wash:#f4f4f1;--accent:#2c4a8c;--slot:#fcefcf;--slot-rule:#a87f22;--slot-ink:#5a4000;
    --odd:#fbe3df;--odd-ink:#8c1d10;--bar:#5470b4;
    --s1:#748ac2;--s2:#6078b6;--s3:#455da2;--s4:#2d4487;--s5:#172a5c}
    @media screen and (prefers-color-scheme:dark){
    :root{--page:#14161a;--ink:#e4e6ea;--muted:#a2a9b6;--rule:#31353d;
    --wash:#1d2026;--accent:#a3b9f0;--slot:#3a2f15;--slot-rule:#94782f;--slot-ink:#f2d78f;
    --odd:#48211c;--odd-ink:#ffb4a8;--bar:#7f98d8;
    --s1:#5f70a1;--s2:#788cc2;--s3:#94a6d9;--s4:#b8c6ec;--s5:#e8edff}}
    """

  private static let type: Markup = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
    body{margin:0 auto;padding:2.5rem 1.5rem 4rem;max-width:62rem;background:var(--page);
    color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",
    "Liberation Sans",sans-serif;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
    h1,h2,h3,h4,p,ol,ul,dl,dd,figure{margin:0;padding:0}
    ol,ul{list-style:none}
    h1,h2,h3,h4,.title b,.facts dd{font-weight:650}
    h1{font-size:1.9rem;line-height:1.2;letter-spacing:-.015em}
    h2{font-size:1.3rem;line-height:1.3;margin:3rem 0 .75rem;letter-spacing:-.01em}
    h3{font-size:1.15rem;line-height:1.3}
    h4{font-size:.8rem;color:var(--muted);margin:1.75rem 0 .5rem;letter-spacing:.02em}
    a{color:var(--accent);text-underline-offset:.15em}
    a:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
    .name{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;
    font-weight:inherit}
    .note{color:var(--muted);max-width:44rem}
    .note+.note,.note+table{margin-top:.5rem}
    .small,.more{font-size:.85rem;color:var(--muted)}
    .more,.lead{margin-top:.4rem}
    header .small{margin-top:.4rem}
    footer{margin-top:3rem;padding-top:.75rem;border-top:1px solid var(--rule)}
    .facts{display:flex;flex-wrap:wrap;gap:.9rem 2.75rem;margin:1.4rem 0;padding:.9rem 0;
    border:solid var(--rule);border-width:1px 0}
    .facts div{display:flex;flex-direction:column-reverse}
    .facts dt{font-size:.8rem;color:var(--muted)}
    .facts dd{font-size:1.5rem;line-height:1.25;letter-spacing:-.01em}
    table{border-collapse:collapse;width:100%;font-size:.87rem}
    th,td{padding:.35rem .9rem .35rem 0;text-align:left;vertical-align:baseline;
    border-bottom:1px solid var(--rule);font-weight:400}
    th:last-child,td:last-child{padding-right:0}
    thead th{font-size:.78rem;color:var(--muted);vertical-align:bottom;line-height:1.25;
    overflow-wrap:normal}
    .n{text-align:right;white-space:nowrap}
    .n+:not(.n){padding-left:.7rem}
    tbody th a{white-space:nowrap}
    td .spark{min-width:9rem}
    time{display:inline-block;white-space:nowrap;margin-right:.6rem}
    .who{display:block;min-width:6.5rem}
    .campaign{border-top:2px solid var(--ink);padding-top:1rem;margin-top:2.75rem}
    .title{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;
    gap:.25rem 1rem}
    .title p{color:var(--muted);font-size:.87rem}
    .title b{color:var(--ink);font-size:1.15rem}
    .verdict{margin-top:.9rem;padding:.6rem .9rem;border-left:3px solid var(--accent);
    background:var(--wash)}
    .verdict b{display:block;font-size:.78rem;color:var(--muted);font-weight:600}
    .verdict p{white-space:pre-wrap;overflow:hidden;unicode-bidi:plaintext}
    .signals{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(17rem,100%),1fr));
    gap:1rem 1.75rem}
    .signals p{margin-top:.2rem}
    .tag{font-size:.75rem;border:1px solid var(--accent);border-radius:1rem;padding:.05rem .5rem;
    margin-left:.2rem;background:var(--accent);color:var(--page);white-space:nowrap}
    .tag.quiet{background:none;color:var(--muted);border-color:var(--muted)}
    """

  private static let pictures: Markup = """
    svg{display:block;width:100%;fill:var(--bar);shape-rendering:crispEdges}
    .days{border-bottom:1px solid var(--muted)}
    .few{max-width:20rem}
    .axis{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.1rem 1rem;
    font-size:.78rem;color:var(--muted);margin-top:.25rem}
    .heat{display:grid;grid-template-columns:fit-content(30%) 1fr;gap:0 .6rem}
    .heat li{font-size:11px;line-height:16px;height:16px;color:var(--muted);overflow:hidden;
    text-overflow:ellipsis;white-space:nowrap}
    .heat ol{min-width:0}
    .heat svg{background:var(--wash)}
    .s1{fill:var(--s1)}.s2{fill:var(--s2)}.s3{fill:var(--s3)}.s4{fill:var(--s4)}.s5{fill:var(--s5)}
    .key{display:flex;flex-wrap:wrap;gap:.1rem .9rem}
    .key i{display:inline-block;width:.75rem;height:.75rem;vertical-align:-.05rem;
    margin-right:.3rem}
    .k1{background:var(--s1)}.k2{background:var(--s2)}.k3{background:var(--s3)}
    .k4{background:var(--s4)}.k5{background:var(--s5)}
    svg,.tag,.slot,.odd,.key i{-webkit-print-color-adjust:exact;print-color-adjust:exact}
    """

  private static let families: Markup = """
    .families>li,.short>li{border-top:1px solid var(--rule);padding:.7rem 0}
    .short>li{padding:.35rem 0}
    .more+.short{margin-top:.5rem}
    .row{display:flex;flex-wrap:wrap;align-items:center;gap:.1rem .9rem;font-size:.87rem}
    .row>span{color:var(--muted)}
    .row .spark{width:9rem;margin-left:auto;order:1}
    .one{font-size:.87rem;overflow:hidden}
    .text{margin-top:.4rem;padding:.5rem .75rem;background:var(--wash);border-radius:.25rem;
    white-space:pre-wrap;tab-size:4;font-size:.9rem;line-height:1.5;unicode-bidi:plaintext;
    overflow:hidden}
    .slot,.odd{border:1px solid;white-space:nowrap;unicode-bidi:isolate;font-weight:400}
    .slot{background:var(--slot);color:var(--slot-ink);border-color:var(--slot-rule);
    border-radius:.3rem;padding:0 .3rem;font-size:.86em}
    .slot i{font-style:normal;font-size:.88em}
    .odd{font:.75em ui-monospace,Menlo,Consolas,monospace;background:var(--odd);
    color:var(--odd-ink);border-radius:.2rem;padding:0 .15rem}
    details{margin-top:.4rem;font-size:.87rem}
    summary{color:var(--accent);cursor:pointer;width:fit-content}
    .fillers{margin-top:.4rem}
    .fillers bdi{border-left:1px solid var(--rule);padding-left:.5rem;margin-left:.3rem}
    .pair tr:first-child>*{border-bottom:0;padding-top:.6rem;vertical-align:middle}
    .pair tr+tr td{padding:0 0 .7rem}
    .pair .text:first-child{margin-top:0}
    """

  private static let media: Markup = """
    @media (max-width:40rem){
    body{padding:1.25rem 1rem 3rem}h1{font-size:1.55rem}table{font-size:.83rem}
    th,td{padding-right:.55rem}time{margin:0}.who{min-width:5.7rem}td .spark{min-width:4.2rem}
    .row .spark{width:6rem;order:0}.counts{flex-basis:100%}.wide{display:none}}
    @media (max-width:24rem){
    body{padding:1rem .75rem 2rem}table{font-size:.75rem}thead th{font-size:.7rem}
    th,td{padding-right:.35rem}.who{min-width:4.6rem}td .spark{min-width:2.6rem}
    .n+:not(.n){padding-left:.3rem}}
    @media print{
    @page{margin:16mm 14mm}
    body{font-size:9.5pt;padding:0;max-width:none}.text{font-size:8.5pt}
    a{color:inherit;text-decoration:none}
    h1,h2,h3,h4,summary,.row,.lead,.title{break-after:avoid}
    .pair tr:first-child{break-after:avoid}
    .signals>li,.days,.heat,figure,.verdict,.title,.facts,.row,.more{break-inside:avoid}
    tr{break-inside:avoid}.pair tr{break-inside:auto}
    p,.text{orphans:3;widows:3}
    thead{display:table-header-group}
    .campaign{margin-top:1.75rem}
    .verdict,.text{border:1px solid var(--rule);border-left-width:3px}
    details::details-content{content-visibility:visible;display:block;block-size:auto}}
    """
}
