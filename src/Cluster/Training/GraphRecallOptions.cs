// What xclassflow graph recall was asked.
namespace XClassFlow.Cluster.Training;

/// <param name="Graph">The stored graph.</param>
/// <param name="Rows">The rows to hold it against.</param>
/// <param name="Sample">Classes to look at.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="Seed">Which classes.</param>
public sealed record GraphRecallOptions(string Graph, GraphRowsOptions Rows, int Sample, int Threads, ulong Seed);
