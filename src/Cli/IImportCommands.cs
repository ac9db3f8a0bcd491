// What the command line asks of the importers.
using XClassFlow.Data.Import.Glyphs;

namespace XClassFlow.Cli;

/// <summary>The seam between <c>xclassflow import</c> and XClassFlow.Data.Import.</summary>
internal interface IImportCommands
{
    Task<ImportOutcome> ImportIdxAsync(ImportIdxOptions options, CancellationToken stop);

    Task<ImportOutcome> ImportImagesAsync(ImportImagesOptions options, CancellationToken stop);

    Task<ImportOutcome> ImportGlyphsAsync(ImportGlyphsOptions options, CancellationToken stop);

    /// <summary>Which fonts there are, and what an import would take from them; <see cref="ImportGlyphsOptions.Out"/> is of no meaning.</summary>
    Task<FontSurvey> ListFontsAsync(ImportGlyphsOptions options, CancellationToken stop);
}
