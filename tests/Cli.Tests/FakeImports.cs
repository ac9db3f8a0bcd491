// Importers that remember what they were asked.
namespace XClassFlow.Cli.Tests;

internal sealed class FakeImports : IImportCommands
{
    public object? Options { get; private set; }

    public Task<ImportOutcome> ImportIdxAsync(ImportIdxOptions options, CancellationToken stop) => Remember(options, stop);

    public Task<ImportOutcome> ImportImagesAsync(ImportImagesOptions options, CancellationToken stop) => Remember(options, stop);

    private Task<ImportOutcome> Remember(object options, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        Options = options;
        return Task.FromResult(new ImportOutcome(60_000, 10, 6_000));
    }
}
