// What the named fonts hold.
namespace XClassFlow.Data.Import.Glyphs;

/// <param name="Fonts">Faces with some of the characters, in the order in which samples are taken.</param>
/// <param name="Others">Number of faces without any of them.</param>
/// <param name="Skipped">Files, or faces of files, that cannot be used.</param>
/// <param name="Classes">Classes that an import would have.</param>
public sealed record FontSurvey(IReadOnlyList<FontSummary> Fonts, int Others, IReadOnlyList<SkippedFile> Skipped, int Classes);
