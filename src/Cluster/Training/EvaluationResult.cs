// The result of one evaluation.
namespace XClassFlow.Cluster.Training;

/// <summary>Accuracy on held-out samples, against all classes.</summary>
/// <param name="Step">Updates done when it was made.</param>
/// <param name="Epoch">Passes over the training data by then; fractions of one count.</param>
/// <param name="Top1">Fraction of samples whose first answer was right, in [0, 1].</param>
/// <param name="Top5">Fraction of samples whose class was among the first five, in [0, 1].</param>
/// <param name="Samples">Samples evaluated.</param>
/// <param name="Seconds">Time it took.</param>
public sealed record EvaluationResult(long Step, double Epoch, double Top1, double Top5, long Samples, double Seconds);
