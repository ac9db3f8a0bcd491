// A finished class graph and what it took.
namespace XClassFlow.Stages.Selection.Graph;

/// <summary>The result of a builder. Owns the table.</summary>
/// <param name="Table">The lists of all classes.</param>
/// <param name="Recall">Recall@K on a sample, without the class itself.</param>
/// <param name="Seconds">Time of the build, recall included.</param>
/// <param name="Steps">Recall after every step and when it was reached, for logs and benchmarks.</param>
internal sealed record GraphBuild(NeighbourTable Table, double Recall, double Seconds, IReadOnlyList<(string Step, double Seconds, double Recall)> Steps) : IDisposable
{
    public void Dispose() => Table.Dispose();
}
