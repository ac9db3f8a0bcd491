// What the command line asks of the importers.
namespace XClassFlow.Cli;

/// <summary>The seam between <c>xclassflow import</c> and XClassFlow.Data.Import.</summary>
internal interface IImportCommands
{
    Task<ImportOutcome> ImportIdxAsync(ImportIdxOptions options, CancellationToken stop);

    Task<ImportOutcome> ImportImagesAsync(ImportImagesOptions options, CancellationToken stop);
}
