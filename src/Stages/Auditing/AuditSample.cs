// Which classes the audits of a class graph look at.
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Selection.Graph;

namespace XClassFlow.Stages.Auditing;

/// <summary>The same classes in all audits of a graph, so that recall and drift of one audit can be held against those of the next.</summary>
internal static class AuditSample
{
    private static readonly ulong Purpose = Seeds.Hash("audit");

    /// <summary>Distinct classes, ascending; a pure function of its arguments, so every shard knows them.</summary>
    /// <param name="classes">N.</param>
    /// <param name="count">How many; all where there are fewer.</param>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="graphStep">The step before which the graph was built.</param>
    public static int[] Of(long classes, int count, ulong seed, long graphStep) => GraphRecall.Sample(classes, count, Seeds.Mix(seed, Purpose, (ulong)graphStep));
}
