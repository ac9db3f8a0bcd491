// Every combination of head, shards, chunk, micro-batches and selection that the oracle tests run.
using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace XClassFlow.Stages.Tests.Head;

/// <summary>Data of the oracle theory: streamed (chunk 16) and resident (chunk 4096).</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CombinatorialHeadAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
        => ValueTask.FromResult<IReadOnlyCollection<ITheoryDataRow>>(
        [
            .. from head in ShardSoftmaxTests.Heads.Select(h => h.Data)
               from shards in new[] { 1, 2, 3, 8 }
               from chunk in new[] { 16, 4096 }
               from microBatches in new[] { 1, 2, 4 }
               from mode in new[] { "all", "mix", "uniform", "labels" }
               select new TheoryDataRow<string, int, int, int, string>(head, shards, chunk, microBatches, mode),
        ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
