// SPDX-License-Identifier: Apache-2.0

/// A file of the analyst's page, or the description of the service, built into the program.
package struct PageFile: Sendable {
  /// What a file is.
  package enum Kind: Sendable {
    case html
    case css
    case script
    case json
  }

  /// What it is.
  package let kind: Kind
  /// Its bytes.
  package let bytes: [UInt8]

  /// All files by their paths, without the slash before them.
  package static let all: [String: PageFile] = [
    "": PageFile(kind: .html, bytes: PackageResources.index_html),
    "page.css": PageFile(kind: .css, bytes: PackageResources.page_css),
    "openapi.json": PageFile(kind: .json, bytes: PackageResources.openapi_json),
    "api.js": PageFile(kind: .script, bytes: PackageResources.api_js),
    "download.js": PageFile(kind: .script, bytes: PackageResources.download_js),
    "elements.js": PageFile(kind: .script, bytes: PackageResources.elements_js),
    "page.js": PageFile(kind: .script, bytes: PackageResources.page_js),
    "pages.js": PageFile(kind: .script, bytes: PackageResources.pages_js),
    "pictures.js": PageFile(kind: .script, bytes: PackageResources.pictures_js),
    "texts.js": PageFile(kind: .script, bytes: PackageResources.texts_js),
    "view.js": PageFile(kind: .script, bytes: PackageResources.view_js),
    "view-account.js": PageFile(kind: .script, bytes: PackageResources.view_account_js),
    "view-campaign.js": PageFile(kind: .script, bytes: PackageResources.view_campaign_js),
    "view-campaigns.js": PageFile(kind: .script, bytes: PackageResources.view_campaigns_js),
    "view-families.js": PageFile(kind: .script, bytes: PackageResources.view_families_js),
    "view-family.js": PageFile(kind: .script, bytes: PackageResources.view_family_js),
    "view-search.js": PageFile(kind: .script, bytes: PackageResources.view_search_js),
  ]
}
