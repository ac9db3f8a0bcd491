// Replays a recording: every stage instance alone, fed with what it received, compared with what it sent.
using XClassFlow.Cluster.Configuration;
using XClassFlow.Data;
using XClassFlow.Data.Recordings;
using XClassFlow.Stages.Flow;
using XClassFlow.Stages.Replay;
using XClassFlow.Stages.Training;

namespace XClassFlow.Cluster.Training;

/// <summary>A replay on this machine's CPU. Stages are isolated, so a difference is found at the stage that makes it and not at all that follow.</summary>
internal sealed class ReplayRun
{
    private readonly ReplayOptions _options;

    public ReplayRun(ReplayOptions options) => _options = options;

    /// <exception cref="UserErrorException">The recording cannot be read or holds no such stage.</exception>
    public ReplayOutcome Run(CancellationToken stop)
    {
        var recording = RecordingReader.Open(_options.Recording);
        var settings = RunSettings.Bind(HoconLoader.LoadText(recording.Header.Configuration, recording.Path).Root);
        using var session = RunSession.Replay(
            settings with { Recording = settings.Recording with { Directory = string.Empty }, Timeline = new TimelineSettings() },
            recording.Header.Versions.GetValueOrDefault(Recorder.ResumedFromKey), recording.Header.Versions.ContainsKey(Recorder.CheckpointsKey));

        // The recorded configuration asks for a recording, and may ask for a timeline; the replay makes neither.
        using var stopAgain = new StopAgain(StopRecord.Find(recording, Recorder.Supervisor));
        using var run = session.Prepare("replay", new SilentRunObserver(), new InlineHost(), stopAgain.Token, announces: false);
        stopAgain.Begin(run.Plan.FirstStep);
        var replay = new GraphReplay(run.Graph, recording, (ulong)settings.Seed, _options.Tolerance, session.IsRecordedWhole) { Taps = [stopAgain] };
        var addresses = replay.Replayable.Where(a => (_options.Stage is null || a.Group == _options.Stage) && (_options.Rank is null || a.Index == _options.Rank)).ToArray();
        if (addresses.Length == 0)
        {
            var known = string.Join(", ", replay.Replayable.Select(a => a.ToString()));
            throw new UserErrorException(
                $"no stage {_options.Stage ?? "at all"}{(_options.Rank is { } rank ? $" of rank {rank}" : string.Empty)} can be replayed", recording.Path, $"recorded with all their inputs are: {known}");
        }

        var lines = new List<string>();
        var same = true;
        foreach (var address in addresses)
        {
            stop.ThrowIfCancellationRequested();
            var comparison = replay.Run(address);
            same &= comparison.Same;
            lines.Add(comparison.ToString());
        }

        return new ReplayOutcome(same, lines);
    }
}
