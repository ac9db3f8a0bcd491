// What one rank says of its own gradient before it knows the others'.
using XClassFlow.Stages.Flow;

namespace XClassFlow.Stages.Training;

/// <summary>Whether the sum over the ranks of a guarded step's gradients will consist of numbers, as far as one rank's part of it goes; every rank gets to know all of them and decides alike.</summary>
/// <param name="Step">Step.</param>
/// <param name="MicroBatch">0.</param>
/// <param name="Sound">Whether all values of all segments are within <see cref="GradientBound.Largest"/>.</param>
public sealed record GradientCheck(long Step, int MicroBatch, bool Sound) : Message(Step, MicroBatch);
