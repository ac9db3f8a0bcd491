// A change in what the convergence policy decides.
namespace XClassFlow.Stages.Reporting;

/// <param name="Step">Number of the step, from 0, from which on it holds.</param>
/// <param name="Samples">Samples trained on before it.</param>
/// <param name="BackboneRate">Learning rate of the backbone.</param>
/// <param name="HeadRate">Learning rate of the class weights.</param>
/// <param name="Batch">Global batch.</param>
/// <param name="MicroBatches">Micro-batches of a rank.</param>
/// <param name="Why">Why, in the policy's words.</param>
public sealed record DecisionReport(long Step, long Samples, double BackboneRate, double HeadRate, int Batch, int MicroBatches, string Why);
