// The base of every stage: typed inlets and outlets, run synchronously on one thread by a host.
using static TorchSharp.torch;

namespace XClassFlow.Stages.Flow;

/// <summary>
/// A stage of the training graph. Inlets and outlets are declared in the constructor, which must be cheap; tensors are made in <see cref="Start"/>.
/// The host calls everything on one thread (but see <see cref="IsBrief"/>), opens a dispose scope and sets the grad mode around each call, times it and wraps what it throws.
/// A stage never awaits, never blocks, and keeps no tensor beyond a call except through <see cref="Keep"/>.
/// </summary>
public abstract class Stage : IDisposable
{
    private readonly List<Inlet> _inlets = [];
    private readonly List<Outlet> _outlets = [];
    private StageContext? _context;

    public IReadOnlyList<Inlet> Inlets => _inlets;

    public IReadOnlyList<Outlet> Outlets => _outlets;

    /// <summary>Whether operations of this stage are recorded for autograd (backbones only).</summary>
    public virtual bool RecordsGradients => false;

    /// <summary>Whether the stage touches files or other things outside the graph; a replay leaves such stages out.</summary>
    public virtual bool HasSideEffects => false;

    /// <summary>
    /// Whether every call is short, well below a millisecond, and depends on nothing that belongs to a thread. A host may then make it on the thread that received a message from another process, which saves
    /// waking the stage's own; calls still come one after the other.
    /// </summary>
    public virtual bool IsBrief => false;

    /// <summary>Whether <see cref="Produce"/> has something to send that no message asked for: sources, finished background work.</summary>
    public virtual bool CanProduce => false;

    /// <summary>Whether nothing more will come except from inlets. A source is finished after its last message, a stage with background work when that is done.</summary>
    public virtual bool IsFinished => true;

    /// <summary>Whether the stage waits for work of its own outside the graph (worker threads); its end is announced by <see cref="StageContext.Wake"/>.</summary>
    public virtual bool WorksOutside => false;

    internal Func<Tensor, Tensor>? Keeper { get; set; }

    protected StageContext Context => _context ?? throw new InvalidOperationException("the stage is not running; use Start instead of the constructor");

    internal void Attach(StageContext context) => _context = context;

    /// <summary>Runs before the first message, on the stage's thread.</summary>
    public virtual void Start()
    {
    }

    /// <summary>Sends what <see cref="CanProduce"/> announced. Called only while every outlet has room.</summary>
    public virtual void Produce()
    {
    }

    /// <summary>Runs once after the last message; may still send.</summary>
    public virtual void Complete()
    {
    }

    /// <summary>Frees what the stage keeps. Runs on the stage's thread, also after a fault.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }

    /// <summary>Declares a plain inlet.</summary>
    /// <param name="name">Its name in the graph.</param>
    /// <param name="handle">Handles one message; its tensors live until the handler returns, unless kept or sent on.</param>
    /// <param name="when">Whether the first waiting message may be handled now; asked again after every other message.</param>
    /// <param name="feedback">See <see cref="Inlet.IsFeedback"/>.</param>
    protected Inlet<T> In<T>(string name, Action<T> handle, Func<T, bool>? when = null, bool feedback = false)
        where T : Message
        => Add(new Inlet<T>(name, handle, when, feedback));

    /// <summary>Declares a gathering inlet; parameters as for <see cref="In{T}"/>.</summary>
    protected GatherInlet<T> Gather<T>(string name, Action<IReadOnlyList<T>> handle, Func<T, bool>? when = null, bool feedback = false)
        where T : Message
        => Add(new GatherInlet<T>(name, handle, when, feedback));

    /// <summary>Declares an outlet.</summary>
    protected Outlet<T> Out<T>(string name)
        where T : Message
    {
        RequireFree(name, _outlets.Select(o => o.Name), "outlets");
        var outlet = new Outlet<T>(name);
        _outlets.Add(outlet);
        return outlet;
    }

    /// <summary>Takes a tensor out of the current call: the stage owns it and disposes it. The host counts what is kept, so that a leak is named.</summary>
    protected Tensor Keep(Tensor tensor) => Keeper is null ? tensor.DetachFromDisposeScope() : Keeper(tensor);

    private TInlet Add<TInlet>(TInlet inlet)
        where TInlet : Inlet
    {
        RequireFree(inlet.Name, _inlets.Select(i => i.Name), "inlets");
        _inlets.Add(inlet);
        return inlet;
    }

    private static void RequireFree(string name, IEnumerable<string> taken, string ports)
    {
        if (taken.Contains(name))
        {
            throw new ArgumentException($"two {ports} of the stage are named '{name}'");
        }
    }
}
