// What xclassflow import idx was asked.
namespace XClassFlow.Cli;

/// <param name="Images">The idx file of pictures.</param>
/// <param name="Labels">The idx file of labels.</param>
/// <param name="Out">The Arrow file to write.</param>
/// <param name="TestEvery">Every how many samples of a class one goes to <paramref name="TestOut"/>; null for none.</param>
/// <param name="TestOut">The Arrow file of the held-out samples; null exactly if <paramref name="TestEvery"/> is.</param>
/// <param name="Classes">Number of classes; null: the largest label and one.</param>
/// <param name="ClassNames">A file of class names to keep beside the result; null for none.</param>
internal sealed record ImportIdxOptions(
    string Images, string Labels, string Out, int? TestEvery, string? TestOut, int? Classes = null, string? ClassNames = null);
