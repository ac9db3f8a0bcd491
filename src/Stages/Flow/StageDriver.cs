// Runs one stage without a graph, for tests of stages: the same engine as under a host, on the calling thread.
namespace XClassFlow.Stages.Flow;

/// <summary>
/// Drives one stage instance by hand. Scope, grad mode, conditions, feedback, taps and faults are those of a host, because it is the same engine; there is always room
/// for what the stage sends. Use it from one thread.
/// </summary>
public sealed class StageDriver : IDisposable
{
    private readonly FlowGraph _graph = new();
    private readonly Collector _collector = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly StageRunner _runner;
    private readonly TimeSpan _limit;

    /// <param name="create">Makes the stage; the driver disposes it.</param>
    /// <param name="options">Seed, taps and limits of the run; null for the defaults.</param>
    /// <param name="address">What the stage is called, and which instance it is; "stage"[0] by default.</param>
    /// <param name="instances">How many instances its group has; at least the address' index + 1.</param>
    /// <param name="senders">How many instances send to each gathering inlet.</param>
    /// <param name="scatter">How many instances receive from an outlet of which the stage names the receivers (SendTo), by the outlet's name; others need no entry.</param>
    /// <exception cref="StageException">The constructor failed.</exception>
    public StageDriver(
        Func<Stage> create,
        FlowOptions? options = null,
        StageAddress? address = null,
        int instances = 1,
        int senders = 1,
        IReadOnlyDictionary<string, int>? scatter = null)
    {
        var at = address ?? new StageAddress("stage", 0);
        options ??= new FlowOptions();
        _limit = options.StallTimeout;
        var stage = create();
        _graph.Add(at.Group, Math.Max(instances, at.Index + 1), _ => stage);
        var count = _graph.CountOf(at.Group);
        foreach (var inlet in stage.Inlets)
        {
            _graph.Add($"to {inlet.Name}", inlet.Gathers ? senders : count, _ => throw new InvalidOperationException("a driver runs one stage"));
            _graph.Connect($"to {inlet.Name}.out", $"{at.Group}.{inlet.Name}", inlet.Gathers ? LinkKind.Broadcast : LinkKind.OneToOne);
        }

        foreach (var outlet in stage.Outlets)
        {
            var receivers = scatter?.GetValueOrDefault(outlet.Name) ?? 0;
            _graph.Add($"from {outlet.Name}", receivers > 0 ? receivers : count, _ => throw new InvalidOperationException("a driver runs one stage"));
            _graph.Connect($"{at.Group}.{outlet.Name}", $"from {outlet.Name}.in", receivers > 0 ? LinkKind.Scatter : LinkKind.OneToOne);
        }

        _runner = _graph.CreateRunner(at, _collector, options, () => _wake.Release());
        Senders = senders;
    }

    /// <summary>The stage; the driver owns it.</summary>
    public Stage Stage => _runner.Stage;

    /// <summary>How many instances send to each gathering inlet.</summary>
    public int Senders { get; }

    /// <summary>Whether the stage has completed.</summary>
    public bool IsCompleted => _runner.IsCompleted;

    /// <summary>What the stage has sent and <see cref="Take"/> has not handed over yet, in order.</summary>
    public IReadOnlyList<SentMessage> Sent => _collector.Messages;

    /// <summary>How many messages wait at an inlet.</summary>
    public int Waiting(string inlet) => Find(inlet).Pending;

    /// <summary>Calls the stage's <see cref="Flow.Stage.Start"/>.</summary>
    /// <exception cref="StageException">It failed.</exception>
    public void Start() => _runner.Start(_ => true);

    /// <summary>Puts a message at an inlet; nothing runs yet.</summary>
    /// <param name="inlet">The inlet.</param>
    /// <param name="message">The message; taken over.</param>
    /// <param name="from">Which instance sends it; of meaning for gathering inlets.</param>
    /// <param name="destination">What its sender named as receiver, which a transform hands on; -1 for all.</param>
    public void Send(string inlet, Message message, int from = 0, int destination = -1)
    {
        try
        {
            var port = Find(inlet);
            if (!port.MessageType.IsInstanceOfType(message))
            {
                throw new ArgumentException($"inlet '{inlet}' takes {port.MessageType.Name}, not {message.GetType().Name}", nameof(message));
            }

            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(from, port.Gathers ? Senders : int.MaxValue);
        }
        catch (ArgumentException)
        {
            message.Dispose();
            throw;
        }

        // The caller may have made the tensors in a scope of its own.
        foreach (var tensor in MessageCodec.Of(message.GetType()).Tensors(message))
        {
            tensor.DetachFromDisposeScope();
        }

        var link = LinkTo(inlet);
        _runner.Accept(new Envelope(link, from, _runner.Address.Index, link.Kind == LinkKind.OneToOne ? destination : -1, message));
    }

    /// <summary>Runs until the stage has nothing to do; waits for its work outside the graph.</summary>
    /// <exception cref="StageException">The stage failed.</exception>
    /// <exception cref="FlowStalledException">Work outside the graph did not end in time.</exception>
    public void Run()
    {
        while (true)
        {
            if (_runner.RunOne())
            {
                continue;
            }

            if (IsCompleted || !_runner.Stage.WorksOutside)
            {
                return;
            }

            if (!_wake.Wait(_limit))
            {
                throw new FlowStalledException($"work outside the graph took more than {_limit.TotalSeconds:0} s", [_runner]);
            }
        }
    }

    /// <summary>Tells all inlets that nothing more comes, and runs to the end.</summary>
    /// <exception cref="StageException">The stage failed.</exception>
    public void Complete()
    {
        foreach (var link in _graph.Links.Where(l => l.To == _runner.Address.Group))
        {
            for (var from = 0; from < (link.Kind == LinkKind.OneToOne ? 1 : Senders); from++)
            {
                _runner.AcceptCompletion(link, from);
            }
        }

        Run();
    }

    /// <summary>Hands over what was sent so far; the caller disposes the messages.</summary>
    public IReadOnlyList<SentMessage> Take()
    {
        SentMessage[] taken = [.. _collector.Messages];
        _collector.Messages.Clear();
        return taken;
    }

    /// <summary>Disposes the stage, what it kept, what waits for it, and what it sent.</summary>
    public void Dispose()
    {
        foreach (var sent in Take())
        {
            sent.Message.Dispose();
        }

        _runner.Dispose();
        _wake.Dispose();
    }

    private Inlet Find(string inlet) => Stage.Inlets.FirstOrDefault(i => i.Name == inlet)
        ?? throw new ArgumentException($"the stage has no inlet '{inlet}'; known are {string.Join(", ", Stage.Inlets.Select(i => i.Name))}", nameof(inlet));

    private Link LinkTo(string inlet) => _graph.Links.First(l => l.To == _runner.Address.Group && l.Inlet == inlet);

    private sealed class Collector : IDelivery
    {
        public List<SentMessage> Messages { get; } = [];

        public void Deliver(Envelope envelope) => Messages.Add(new SentMessage(
            envelope.Link.Outlet, envelope.Link.Kind == LinkKind.Scatter ? envelope.To : envelope.Destination, envelope.Message));

        public void Credit(Link link, int from, int to)
        {
        }

        public void Complete(Link link, int from, int to)
        {
        }
    }
}
