// Importers that remember what they were asked.
using XClassFlow.Data.Import.Glyphs;

namespace XClassFlow.Cli.Tests;

internal sealed class FakeImports : IImportCommands
{
    public object? Options { get; private set; }

    public Task<ImportOutcome> ImportIdxAsync(ImportIdxOptions options, CancellationToken stop) => Remember(options, stop);

    public Task<ImportOutcome> ImportImagesAsync(ImportImagesOptions options, CancellationToken stop) => Remember(options, stop);

    public Task<ImportOutcome> ImportGlyphsAsync(ImportGlyphsOptions options, CancellationToken stop) => Remember(options, stop);

    public async Task<FontSurvey> ListFontsAsync(ImportGlyphsOptions options, CancellationToken stop)
    {
        await Remember(options, stop);
        return new FontSurvey([new FontSummary("/f/a.ttc", 1, "Some Kai", "700", 20_902, 17, true)], 3, [], 20_902);
    }

    private Task<ImportOutcome> Remember(object options, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        Options = options;
        return Task.FromResult(new ImportOutcome(60_000, 10, 6_000));
    }
}
