// A run in this process that goes back to its last good checkpoint after repeated trouble.
using XClassFlow.Stages.Reporting;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>
/// Every attempt is a session of its own, from the checkpoint on with lower rates. The report counts every step of the history that survived once; what is measured (times, curve,
/// decisions) is the last attempt's.
/// </summary>
/// <param name="options">What was asked.</param>
/// <param name="observer">Told about progress.</param>
internal sealed class ReturningRun(TrainOptions options, IRunObserver observer)
{
    private readonly List<ReturnReport> _returns = [];
    private readonly List<double> _losses = [];
    private readonly List<Stages.Reporting.EvaluationReport> _evaluations = [];
    private (long Step, long Sample)? _start;
    private TroubleException? _trouble;

    /// <summary>Runs to the end.</summary>
    /// <param name="stop">Asks for an orderly end.</param>
    public async Task<RunReport> RunAsync(CancellationToken stop)
    {
        var settings = RunSettings.Bind(options.Configuration.Root);
        var allowed = settings.Guard.Enabled && settings.Recording.Directory.Length == 0 ? settings.Guard.Returns : 0;
        while (true)
        {
            using var session = RunSession.Train(
                settings, options.Configuration.OfRun().ToHocon(), options.Checkpoint, options.Resume || _trouble is not null, options.ReportLosses, abort: CancellationToken.None);
            _start ??= session.Position;
            Return(session);
            try
            {
                return Complete(await session.RunAsync("train", observer, stop), session.Position);
            }
            catch (Exception e) when (TroubleException.In(e) is { Checkpoint: not null } && _returns.Count < allowed)
            {
                _trouble = TroubleException.In(e)!;
                _losses.AddRange(session.SoFar?.Losses ?? []);
                _evaluations.AddRange(session.SoFar?.Evaluations ?? []);
                observer.Note($"{_trouble.Reason}; back to {_trouble.Checkpoint} with lower rates, return {_returns.Count + 1} of {allowed}");
            }
        }
    }

    // What lies beyond the checkpoint did not happen.
    private void Return(RunSession session)
    {
        if (_trouble is null)
        {
            return;
        }

        var step = session.Position.Step;
        _returns.Add(new ReturnReport(_trouble.Step, step, _trouble.Reason));
        session.Returns = _returns.Count(r => r.ToStep == step);
        var kept = (int)(step - _start!.Value.Step);
        if (_losses.Count > kept)
        {
            _losses.RemoveRange(kept, _losses.Count - kept);
        }

        _evaluations.RemoveAll(e => e.Step > step);
    }

    private RunReport Complete(RunReport last, (long Step, long Sample) from) => _returns.Count == 0
        ? last
        : last with
        {
            Updates = from.Step - _start!.Value.Step + last.Updates,
            Samples = from.Sample - _start.Value.Sample + last.Samples,
            Losses = last.Losses is null ? null : [.. _losses, .. last.Losses],
            Evaluations = [.. _evaluations, .. last.Evaluations],
            Convergence = last.Convergence is null ? null : last.Convergence with { Returns = [.. _returns] },
        };
}
