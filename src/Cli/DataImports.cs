// Connects the command import to the importers.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Import;
using XClassFlow.Data.Import.Glyphs;

namespace XClassFlow.Cli;

/// <summary>The importers of XClassFlow.Data. They read files, so they run on a pool thread.</summary>
internal sealed class DataImports : IImportCommands
{
    private readonly TextWriter _error;

    /// <param name="error">Receives a line for every file that could not be read.</param>
    public DataImports(TextWriter error) => _error = error;

    public Task<ImportOutcome> ImportIdxAsync(ImportIdxOptions options, CancellationToken stop) => Task.Run(
        () => Report(IdxImporter.Import(
            new IdxImporter.Settings
            {
                Images = options.Images,
                Labels = options.Labels,
                Classes = options.Classes ?? 0,
                ClassNames = options.ClassNames ?? string.Empty,
                Target = new ImportTarget(options.Out, options.TestEvery ?? 0, options.TestOut ?? string.Empty),
            },
            stop)),
        stop);

    public Task<ImportOutcome> ImportImagesAsync(ImportImagesOptions options, CancellationToken stop) => Task.Run(
        () => Report(ImageFolderImporter.Import(
            new ImageFolderImporter.Settings
            {
                Folder = options.Directory,
                Target = new ImportTarget(options.Out, options.TestEvery ?? 0, options.TestOut ?? string.Empty),
                Height = options.Size?.Height ?? 0,
                Width = options.Size?.Width ?? 0,
                Channels = options.Grey ? 1 : 0,
                Storage = options.Encoded ? SampleStorage.EncodedImages : SampleStorage.RawPixels,
            },
            stop)),
        stop);

    public Task<ImportOutcome> ImportGlyphsAsync(ImportGlyphsOptions options, CancellationToken stop) =>
        Task.Run(() => Report(GlyphImporter.Import(SettingsOf(options), stop)), stop);

    public Task<FontSurvey> ListFontsAsync(ImportGlyphsOptions options, CancellationToken stop) => Task.Run(
        () =>
        {
            var survey = GlyphImporter.List(SettingsOf(options), stop);
            Say(survey.Skipped);
            return survey;
        },
        stop);

    private static GlyphImporter.Settings SettingsOf(ImportGlyphsOptions options) => new()
    {
        Target = new ImportTarget(options.Out, 0, options.TestOut ?? string.Empty) { OwnTest = options.TestOut is not null },
        Fonts = options.Fonts,
        HoldOut = options.HoldOut,
        LeaveOut = options.LeaveOut,
        Blocks = options.Blocks,
        Size = options.Size,
        MinFonts = options.MinFonts,
        Limit = options.Limit ?? 0,
    };

    private void Say(IReadOnlyList<SkippedFile> skipped)
    {
        foreach (var file in skipped)
        {
            _error.WriteLine($"skipped {file.Path}: {file.Reason}");
        }

        if (skipped.Count > 0)
        {
            _error.WriteLine($"{skipped.Count} files were skipped");
        }
    }

    private ImportOutcome Report(ImportResult result)
    {
        Say(result.Skipped);
        foreach (var warning in result.Warnings)
        {
            _error.WriteLine($"warning: {warning}");
        }

        return new ImportOutcome(result.Samples, result.Classes, result.TestSamples);
    }
}
