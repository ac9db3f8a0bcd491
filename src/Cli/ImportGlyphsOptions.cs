// What xclassflow import glyphs was asked.
namespace XClassFlow.Cli;

/// <param name="Out">The Arrow file to write; empty for a list.</param>
/// <param name="TestOut">The Arrow file of the held-out fonts; null exactly if none are.</param>
/// <param name="Fonts">Files and folders; empty: the system's.</param>
/// <param name="HoldOut">Families kept for testing.</param>
/// <param name="LeaveOut">Families that are not used.</param>
/// <param name="Blocks">Blocks of characters.</param>
/// <param name="Size">Height and width of a picture.</param>
/// <param name="MinFonts">Families that a class needs.</param>
/// <param name="Limit">Most classes; null: all.</param>
internal sealed record ImportGlyphsOptions(
    string Out, string? TestOut, IReadOnlyList<string> Fonts, IReadOnlyList<string> HoldOut, IReadOnlyList<string> LeaveOut,
    IReadOnlyList<string> Blocks, int Size, int MinFonts, int? Limit);
