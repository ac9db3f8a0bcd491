// Connects the command import to the importers.
using XClassFlow.Data.DataSets;
using XClassFlow.Data.Import;

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

    private ImportOutcome Report(ImportResult result)
    {
        foreach (var skipped in result.Skipped)
        {
            _error.WriteLine($"skipped {skipped.Path}: {skipped.Reason}");
        }

        if (result.Skipped.Count > 0)
        {
            _error.WriteLine($"{result.Skipped.Count} files were skipped");
        }

        return new ImportOutcome(result.Samples, result.Classes, result.TestSamples);
    }
}
