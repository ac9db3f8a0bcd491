// What components are told about the place they are made for.
using XClassFlow.Data.DataSets;

namespace XClassFlow.Stages.Training;

/// <summary>Where a data set stands.</summary>
/// <param name="HeldOut">Whether it is the held-out one.</param>
public sealed record DataSetSite(bool HeldOut);

/// <summary>Where a backbone stands.</summary>
/// <param name="Input">Shape of a sample.</param>
/// <param name="Seed">Seed of its first weights; the same on all ranks.</param>
public sealed record BackboneSite(SampleShape Input, ulong Seed);

/// <summary>What a convergence policy is made for.</summary>
/// <param name="Updates">Updates of the whole run, at least 1; with a batch that grows, the most there may be.</param>
/// <param name="GlobalBatch">B, samples of a step of <paramref name="MicroBatches"/> micro-batches.</param>
/// <param name="MicroBatches">P, as configured.</param>
public sealed record PolicySite(long Updates, int GlobalBatch = 1, int MicroBatches = 1);

/// <summary>Where an inserted stage stands.</summary>
/// <param name="Name">Its name in the configuration and the graph.</param>
/// <param name="Edge">The edge it is inserted at.</param>
/// <param name="Index">Which instance, from 0.</param>
/// <param name="Seed">The run's seed.</param>
public sealed record StageSite(string Name, string Edge, int Index, ulong Seed);
