// Supervisor to a submitter that knows nothing yet: what happened before, in pieces.
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Membership.Wire;

/// <param name="Run">The run.</param>
/// <param name="Piece">Number of the piece, from 0.</param>
/// <param name="Pieces">Pieces of the whole.</param>
/// <param name="FirstStep">The first step of the piece, from 1.</param>
/// <param name="Losses">Losses of consecutive steps.</param>
/// <param name="FirstSample">Samples before the first incarnation.</param>
/// <param name="LastFirstSample">Samples before the last one.</param>
/// <param name="SecondsSinceLastStep">Time since the last step; null: there was none yet.</param>
/// <param name="Incarnations">All incarnations so far; only in the first piece.</param>
/// <param name="Evaluations">The piece's share of all evaluations so far, in order.</param>
/// <param name="Started">The start of the run; only in the first piece.</param>
internal sealed record HistoryTold(
    string Run,
    int Piece,
    int Pieces,
    long FirstStep,
    IReadOnlyList<double> Losses,
    long FirstSample,
    long LastFirstSample,
    double? SecondsSinceLastStep,
    IReadOnlyList<IncarnationReport> Incarnations,
    IReadOnlyList<EvaluationResult> Evaluations,
    RunStarted? Started) : IWireMessage
{
    public void Check()
    {
        if ((Losses.Count > 0 && FirstStep < 1) || Piece < 0 || Piece >= Pieces)
        {
            throw new FormatException("a piece of a history that begins before the first step, or is none of its pieces");
        }
    }
}
