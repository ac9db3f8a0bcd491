// Supervisor to a submitter that came later: what happened before, in pieces.
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Membership.Wire;

/// <param name="Run">The run.</param>
/// <param name="FirstStep">The first step of the piece, from 1.</param>
/// <param name="Losses">Losses of consecutive steps.</param>
/// <param name="Samples">Samples of each.</param>
/// <param name="Incarnations">All incarnations so far; only in the first piece.</param>
/// <param name="Evaluations">All evaluations so far; only in the first piece.</param>
/// <param name="Started">The start of the run; only in the first piece.</param>
internal sealed record HistoryTold(
    string Run,
    long FirstStep,
    IReadOnlyList<double> Losses,
    IReadOnlyList<long> Samples,
    IReadOnlyList<IncarnationReport> Incarnations,
    IReadOnlyList<EvaluationResult> Evaluations,
    RunStarted? Started) : IWireMessage
{
    public void Check()
    {
        if (Losses.Count != Samples.Count || (Losses.Count > 0 && FirstStep < 1))
        {
            throw new FormatException("a history whose parts do not fit together");
        }
    }
}
