// What xclassflow graph build made.
namespace XClassFlow.Cluster.Training;

/// <param name="Classes">N.</param>
/// <param name="K">Neighbours per class, the class itself included.</param>
/// <param name="Method">exact, approximate or refreshed.</param>
/// <param name="Recall">Recall@K on a sample, the class itself left out.</param>
/// <param name="Seconds">Time of the build.</param>
public sealed record GraphBuildOutcome(long Classes, int K, string Method, double Recall, double Seconds);
