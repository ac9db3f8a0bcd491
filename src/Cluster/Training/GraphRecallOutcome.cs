// What xclassflow graph recall found.
namespace XClassFlow.Cluster.Training;

/// <param name="Recall">Recall@K on the sample, the class itself left out.</param>
/// <param name="K">Neighbours per class, the class itself included.</param>
/// <param name="Sample">Classes looked at.</param>
/// <param name="Built">Recall that was measured when the graph was built; null where it was not.</param>
public sealed record GraphRecallOutcome(double Recall, int K, long Sample, double? Built);
