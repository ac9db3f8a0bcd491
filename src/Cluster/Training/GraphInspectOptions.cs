// What xclassflow graph inspect was asked.
namespace XClassFlow.Cluster.Training;

/// <param name="Graph">The stored graph.</param>
/// <param name="Class">The class to show.</param>
/// <param name="Rows">The rows, for cosines; neither of them for none.</param>
/// <param name="Names">A tsv file of class numbers and names; null for none.</param>
public sealed record GraphInspectOptions(string Graph, long Class, GraphRowsOptions Rows, string? Names);
