// What a stored class graph says about itself.
namespace XClassFlow.Data.Graphs;

/// <param name="Classes">N, rows of the file.</param>
/// <param name="K">Neighbours per class, the class itself included.</param>
/// <param name="Method">How it was built: exact or approximate.</param>
/// <param name="Seed">Seed of the build.</param>
/// <param name="Recall">Recall@K on a sample, without the class itself; null where it was not measured.</param>
/// <param name="Step">The step whose weights it was built from; null where they came from no run.</param>
public sealed record ClassGraphInfo(long Classes, int K, string Method, ulong Seed, double? Recall, long? Step);
