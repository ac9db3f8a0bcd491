// What of a run's incarnations counts: every step once.
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Cluster.Training;
using XClassFlow.Stages.Reporting;

namespace XClassFlow.Cluster.Membership.Supervision;

/// <summary>
/// Losses by step over all incarnations. A new incarnation takes back the steps beyond its first: they are trained again. Kept by the submitter, for the report,
/// and by the supervisor, for a submitter that comes later. Steps nobody was left to tell of hold NaN; they count all the same, since an incarnation says where it goes on.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class RunHistory(TimeProvider time)
{
    private const int PieceSteps = 4_000;

    // 130 bytes each, as text, and less than a third of that on the wire.
    private const int PieceEvaluations = 400;

    private readonly List<double> _losses = [];
    private readonly List<IncarnationReport> _incarnations = [];
    private readonly List<EvaluationResult> _evaluations = [];
    private long _offset;
    private long _firstSample;
    private long _lastFirstSample;
    private long? _lastStep;
    private bool _resumed;
    private int _pieces;

    /// <summary>Number of the incarnation that runs; 0 before the first.</summary>
    public long Incarnation => _incarnations.Count == 0 ? 0 : _incarnations[^1].Number;

    /// <summary>The start of the run, once told.</summary>
    public RunStarted? Started { get; set; }

    /// <summary>The last step told; null before the first.</summary>
    public StepProgress? Last { get; private set; }

    public void Begin(IncarnationTold told)
    {
        if (told.Number <= Incarnation)
        {
            return;
        }

        if (_incarnations.Count == 0 || told.FirstStep < _offset)
        {
            (_offset, _firstSample) = (told.FirstStep, told.FirstSample);
        }

        var kept = (int)Math.Min(told.FirstStep - _offset, _losses.Count);
        _losses.RemoveRange(kept, _losses.Count - kept);
        _evaluations.RemoveAll(e => e.Step > told.FirstStep);
        _lastFirstSample = told.FirstSample;
        _resumed = _incarnations.Count > 0;
        _incarnations.Add(new IncarnationReport(told.Number, told.Nodes, told.FirstStep, told.FirstStep, told.Cause, null));
    }

    public void Add(StepProgress step)
    {
        var index = step.Step - 1 - _offset;
        if (_incarnations.Count == 0 || index < _losses.Count || index > int.MaxValue)
        {
            return;
        }

        while (_losses.Count < index)
        {
            _losses.Add(double.NaN);
        }

        _losses.Add(step.Loss);
        var now = time.GetTimestamp();
        double? resumed = _resumed && _lastStep is { } last ? time.GetElapsedTime(last, now).TotalSeconds : null;
        var current = _incarnations[^1];
        _incarnations[^1] = current with { EndStep = step.Step, SecondsToResume = current.SecondsToResume ?? resumed };
        _resumed = false;
        _lastStep = now;
        Last = step;
    }

    public void Add(EvaluationResult evaluation) => _evaluations.Add(evaluation);

    /// <summary>Takes what of an event belongs to the history.</summary>
    public void Add(RunEvent e)
    {
        if (e.Step is { } step)
        {
            Add(step);
        }
        else if (e.Evaluated is { } evaluation)
        {
            Add(evaluation);
        }
    }

    /// <summary>Takes over a piece of another's history; pieces come in order, and the first one begins anew.</summary>
    /// <returns>Whether it is whole now; one that lacks a piece never is, and is asked for again.</returns>
    public bool Add(HistoryTold piece)
    {
        if (piece.Piece == 0)
        {
            _pieces = 0;
            _losses.Clear();
            _evaluations.Clear();
            _incarnations.Clear();
            _incarnations.AddRange(piece.Incarnations);
            _offset = _incarnations.Select(i => i.FirstStep).DefaultIfEmpty().Min();
            (_firstSample, _lastFirstSample) = (piece.FirstSample, piece.LastFirstSample);
            _resumed = _incarnations.Count > 1 && _incarnations[^1].SecondsToResume is null;
            _lastStep = piece.SecondsSinceLastStep is { } seconds ? time.GetTimestamp() - (long)(seconds * time.TimestampFrequency) : null;
            Started = piece.Started ?? Started;
        }

        if (_incarnations.Count == 0 || piece.Piece != _pieces || piece.FirstStep - 1 - _offset != _losses.Count)
        {
            return false;
        }

        _losses.AddRange(piece.Losses);
        _evaluations.AddRange(piece.Evaluations);
        return ++_pieces == piece.Pieces;
    }

    /// <summary>The history in messages; none before the first incarnation.</summary>
    public IEnumerable<HistoryTold> Pieces(string run)
    {
        if (_incarnations.Count == 0)
        {
            yield break;
        }

        var pieces = Math.Max(1, Math.Max(Shares(_losses.Count, PieceSteps), Shares(_evaluations.Count, PieceEvaluations)));
        for (var piece = 0; piece < pieces; piece++)
        {
            var start = Math.Min(piece * PieceSteps, _losses.Count);
            var count = Math.Min(PieceSteps, _losses.Count - start);
            var first = piece == 0;
            yield return new HistoryTold(
                run,
                piece,
                pieces,
                _offset + start + 1,
                _losses.GetRange(start, count),
                _firstSample,
                _lastFirstSample,
                _lastStep is { } step ? time.GetElapsedTime(step).TotalSeconds : null,
                first ? [.. _incarnations] : [],
                [.. _evaluations.Skip(piece * PieceEvaluations).Take(PieceEvaluations)],
                first ? Started : null);
        }
    }

    /// <summary>The report of the whole run from the report of its last incarnation.</summary>
    public RunReport Complete(RunReport last, Completed end)
    {
        var before = _incarnations.Count == 0 ? 0 : (int)(_incarnations[^1].FirstStep - _offset);
        var incarnations = _incarnations.ToList();
        if (incarnations.Count > 0)
        {
            incarnations[^1] = incarnations[^1] with { EndStep = incarnations[^1].FirstStep + last.Updates };
        }

        return last with
        {
            Updates = before + last.Updates,
            Samples = _lastFirstSample - _firstSample + last.Samples,
            Losses = last.Losses is null ? null : [.. _losses.Take(before), .. Enumerable.Repeat(double.NaN, Math.Max(0, before - _losses.Count)), .. last.Losses],
            Evaluations = _incarnations.Count < 2
                ? last.Evaluations
                : [.. _evaluations.Where(e => e.Step <= _incarnations[^1].FirstStep).Select(Report), .. last.Evaluations],
            PeakRssBytes = Math.Max(last.PeakRssBytes, end.PeakRssBytes),
            Communication = new CommunicationReport(end.BytesSent, end.Timeline?.ExposedSeconds),
            Timeline = TimelineReport.Of(end.Timeline),
            Incarnations = incarnations,
        };
    }

    private static int Shares(int count, int share) => (count + share - 1) / share;

    private static EvaluationReport Report(EvaluationResult e) => new(e.Step, e.Epoch, e.Top1, e.Top5, e.Samples, e.Seconds);
}
