// What a prediction run wrote.
namespace XClassFlow.Cluster.Training;

/// <param name="Samples">Rows in the file.</param>
/// <param name="Seconds">Time it took.</param>
public sealed record PredictOutcome(long Samples, double Seconds);
