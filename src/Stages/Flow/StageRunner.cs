// Runs one instance of a stage, one message at a time: queues, credits, scope, grad mode, timing, taps and faults. Hosts differ only in who calls it.
using System.Diagnostics;
using XClassFlow.Data;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Flow;

/// <summary>
/// The engine of one stage instance. All members except <see cref="BusyTicks"/> and <see cref="Describe"/> are called on the instance's thread.
/// It owns the stage, the queued messages and whatever the stage keeps.
/// </summary>
internal sealed class StageRunner : IDisposable
{
    private readonly FlowTaps _taps;
    private readonly IDelivery _delivery;
    private readonly Link[] _inbound;
    private readonly Inlet[] _inlets;
    private readonly KeptTensors _kept;
    private readonly StageOutput _output;
    private readonly StageContext _context;
    private long _busyTicks;
    private long _calls;
    private volatile string _state = "not started";
    private bool _completing;
    private volatile bool _disposed;

    internal StageRunner(
        StageAddress address, Stage stage, FlowGraph graph, Link[] inbound, Link[] outbound, IDelivery delivery, FlowOptions options, Action wake)
    {
        Address = address;
        Stage = stage;
        _taps = new FlowTaps(options.Taps, address);
        _delivery = delivery;
        _inbound = inbound;
        _inlets = [.. stage.Inlets.Where(i => i.IsFeedback), .. stage.Inlets.Where(i => !i.IsFeedback)];
        _kept = new KeptTensors(address, options.KeptTensors);
        _output = new StageOutput(address, outbound, graph, _kept, _taps, delivery);
        var receivers = outbound.GroupBy(l => l.Outlet).ToDictionary(g => g.Key, g => g.Max(graph.ReceiversOf));
        _context = new StageContext(address, graph.CountOf(address.Group), options.Seed, receivers, wake, options.Note, () => Interlocked.Increment(ref _calls));
        stage.Attach(_context);
        stage.Keeper = _kept.Add;
        foreach (var outlet in stage.Outlets)
        {
            outlet.Emit = _output.Emit;
        }
    }

    public StageAddress Address { get; }

    public Stage Stage { get; }

    /// <summary>Whether the stage has completed: it will send nothing more.</summary>
    public bool IsCompleted { get; private set; }

    /// <summary>Whether the stage and its messages are freed; read by other threads.</summary>
    public bool IsDisposed => _disposed;

    /// <summary>Stopwatch ticks spent inside the stage; read by other threads for the busy share.</summary>
    public long BusyTicks => Interlocked.Read(ref _busyTicks);

    /// <summary>Calls into the stage and signs of life so far; read by other threads.</summary>
    public long Calls => Interlocked.Read(ref _calls);

    /// <summary>Called by the host before the first message, when it is known which links end in feedback inlets and need no credits.</summary>
    public void Start(Func<Link, bool> isFeedback)
    {
        _output.Start(isFeedback);
        Call(StageCall.Start, "start", null, Stage.Start);
    }

    public void Accept(Envelope envelope) => InletOf(envelope.Link).Enqueue(envelope);

    public void AcceptCompletion(Link link, int from) => InletOf(link).CompleteFrom(link, from);

    public void AcceptCredit(Link link, int to) => _output.Return(link, to);

    /// <summary>Handles at most one message. Returns whether anything was done.</summary>
    public bool RunOne()
    {
        if (IsCompleted)
        {
            return DropLate();
        }

        var hasRoom = _output.HasRoom;
        foreach (var inlet in _inlets)
        {
            if (inlet.IsConnected && (inlet.IsFeedback || hasRoom) && IsReady(inlet))
            {
                Handle(inlet);
                return true;
            }
        }

        if (hasRoom && Ask(nameof(Stage.CanProduce), s => s.CanProduce))
        {
            Call(StageCall.Produce, "produce", null, Stage.Produce);
            return true;
        }

        return TryComplete();
    }

    /// <summary>For a replay: makes one call, whatever else could be done. Returns whether it was possible; the messages must be there.</summary>
    public bool RunCall(StageCall call, string? inlet)
    {
        switch (call)
        {
            case StageCall.Inlet when Array.Find(_inlets, i => i.Name == inlet) is { } port && IsReady(port):
                Handle(port);
                return true;
            case StageCall.Produce when Ask(nameof(Stage.CanProduce), s => s.CanProduce):
                Call(call, "produce", null, Stage.Produce);
                return true;
            case StageCall.Complete:
                Call(call, "complete", null, Stage.Complete);
                return true;
            default:
                return call == StageCall.Start;
        }
    }

    /// <summary>One line that says what the instance waits for; may be called by another thread.</summary>
    public string Describe()
    {
        var waiting = string.Join(", ", Stage.Inlets.Where(i => i.IsConnected).Select(i => $"{i.Name} {i.Pending}"));
        var blocked = string.Join(", ", _output.Blocked);
        return $"{Address}: {(IsCompleted ? "completed" : _state)}; waiting messages [{waiting}]{(blocked.Length > 0 ? $"; no room at {blocked}" : string.Empty)}";
    }

    /// <summary>Disposes queued messages, the stage, and what it kept.</summary>
    /// <exception cref="StageException">The stage failed to dispose; everything else was freed.</exception>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        foreach (var envelope in Stage.Inlets.SelectMany(i => i.Drain()).Concat(_output.Drain()))
        {
            envelope.Message.Dispose();
        }

        try
        {
            Stage.Dispose();
        }
        catch (Exception e)
        {
            throw new StageException(Address, "dispose", null, null, e);
        }
        finally
        {
            _kept.Dispose();
            IsCompleted = true;
        }
    }

    private Inlet InletOf(Link link) => Stage.Inlets.First(i => i.Name == link.Inlet);

    private bool IsReady(Inlet inlet)
    {
        if (!inlet.HasCondition)
        {
            return inlet.IsReady;
        }

        using var scope = NewDisposeScope();
        try
        {
            return inlet.IsReady;
        }
        catch (Exception e) when (e is not UserErrorException)
        {
            throw new StageException(Address, $"the condition of inlet '{inlet.Name}'", inlet.Head?.Step, inlet.Head?.MicroBatch, e);
        }
    }

    private bool Ask(string property, Func<Stage, bool> question)
    {
        try
        {
            return question(Stage);
        }
        catch (Exception e) when (e is not UserErrorException)
        {
            throw new StageException(Address, property, null, null, e);
        }
    }

    private void Handle(Inlet inlet)
    {
        Envelope[] envelopes;
        try
        {
            envelopes = inlet.Take();
        }
        catch (InvalidOperationException e)
        {
            throw new StageException(Address, $"inlet '{inlet.Name}'", null, null, e);
        }

        Call(StageCall.Inlet, inlet.Name, envelopes, () => inlet.Invoke(envelopes));
        if (inlet.IsFeedback)
        {
            // Its senders need no credits.
            return;
        }

        foreach (var envelope in envelopes)
        {
            _delivery.Credit(envelope.Link, envelope.From, envelope.To);
        }
    }

    private void Call(StageCall call, string activity, Envelope[]? envelopes, Action body)
    {
        var began = Stopwatch.GetTimestamp();
        _state = $"in {activity}";
        using var scope = NewDisposeScope();
        using var mode = Stage.RecordsGradients ? enable_grad() : no_grad();
        _output.Open(envelopes?[0].Destination);
        try
        {
            foreach (var envelope in envelopes ?? [])
            {
                foreach (var tensor in MessageCodec.Of(envelope.Message.GetType()).Tensors(envelope.Message))
                {
                    scope.Attach(tensor);
                }
            }

            _taps.Called(call, envelopes is null ? null : activity, envelopes?[0].Message);
            MappedFiles.Check();
            body();
        }
        catch (Exception e) when (e is not UserErrorException)
        {
            var id = envelopes?[0].Message;
            var cause = MemoryFailure.Of(e, Address, id?.Step) ?? e;
            throw new StageException(Address, envelopes is null ? activity : $"inlet '{activity}'{Origin(envelopes)}", id?.Step, id?.MicroBatch, cause);
        }
        finally
        {
            _output.Close();
            _state = "idle";
            Interlocked.Increment(ref _calls);
            Interlocked.Add(ref _busyTicks, Stopwatch.GetTimestamp() - began);
            _taps.Returned(call, envelopes is null ? null : activity, envelopes?[0].Message);
        }
    }

    private static string Origin(Envelope[] envelopes) => $" (from {envelopes[0].Link.Edge})";

    private bool TryComplete()
    {
        var forward = Stage.Inlets.Where(i => i is { IsConnected: true, IsFeedback: false });
        if (!Ask(nameof(Stage.IsFinished), s => s.IsFinished) || !forward.All(i => i.IsComplete))
        {
            return false;
        }

        if (!_completing)
        {
            _completing = true;
            Call(StageCall.Complete, "complete", null, Stage.Complete);
            return true;
        }

        if (_output.IsHoldingBack)
        {
            return false;
        }

        IsCompleted = true;
        _output.Complete();
        return true;
    }

    // Feedback that arrives after completion answers nothing any more.
    private bool DropLate()
    {
        var any = false;
        foreach (var envelope in Stage.Inlets.SelectMany(i => i.Drain()))
        {
            envelope.Message.Dispose();
            _delivery.Credit(envelope.Link, envelope.From, envelope.To);
            any = true;
        }

        return any;
    }
}
