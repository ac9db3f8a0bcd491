// The fonts that xclassflow import glyphs --list shows.
using XClassFlow.Data.Import.Glyphs;

namespace XClassFlow.Cli;

/// <param name="Fonts">Faces, in the order in which samples are taken.</param>
/// <param name="Classes">Classes that an import would have.</param>
internal sealed record FontList(IReadOnlyList<FontSummary> Fonts, int Classes);
