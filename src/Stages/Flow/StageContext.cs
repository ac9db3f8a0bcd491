// What a stage may ask of the host that runs it.
namespace XClassFlow.Stages.Flow;

/// <summary>Identity and services of a running stage. Valid from <see cref="Stage.Start"/> on.</summary>
public sealed class StageContext
{
    private readonly Action _wake;
    private readonly Action<string> _note;
    private readonly Action _alive;
    private readonly Dictionary<string, int> _receivers;

    internal StageContext(StageAddress address, int groupSize, ulong runSeed, Dictionary<string, int> receivers, Action wake, Action<string> note, Action? alive = null)
    {
        Address = address;
        GroupSize = groupSize;
        RunSeed = runSeed;
        _receivers = receivers;
        _wake = wake;
        _note = note;
        _alive = alive ?? (() => { });
    }

    public StageAddress Address { get; }

    /// <summary>How many instances the group has.</summary>
    public int GroupSize { get; }

    /// <summary>The seed of the run, the same everywhere.</summary>
    public ulong RunSeed { get; }

    /// <summary>How many instances receive what an outlet sends (0 when it is not connected).</summary>
    public int Receivers(Outlet outlet) => _receivers.GetValueOrDefault(outlet.Name);

    /// <summary>A seed for this instance and a step: a pure function of (run seed, group, instance, step), so it does not depend on timing.</summary>
    public ulong Seed(long step) => Seeds.Mix(RunSeed, Seeds.Hash(Address.Group), (ulong)Address.Index, (ulong)step);

    /// <summary>Asks the host to look at the stage again. May be called from any thread.</summary>
    public void Wake() => _wake();

    /// <summary>Says that a long call goes on: the host does not take it for one that stands still (<see cref="FlowOptions.StallTimeout"/>). Cheap; may be called from any thread.</summary>
    public void Alive() => _alive();

    /// <summary>A line for the person who watches the run.</summary>
    public void Note(string line) => _note(line);
}
