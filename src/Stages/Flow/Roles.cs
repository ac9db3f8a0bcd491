// The three simple roles of a stage; a reader sees from the base class where it can stand.
namespace XClassFlow.Stages.Flow;

/// <summary>A stage with one inlet and one outlet of the same or another type. It can be inserted at any edge of its type.</summary>
public abstract class TransformStage<TIn, TOut> : Stage
    where TIn : Message
    where TOut : Message
{
    protected TransformStage()
    {
        Input = In<TIn>("in", Process);
        Output = Out<TOut>("out");
    }

    public Inlet<TIn> Input { get; }

    public Outlet<TOut> Output { get; }

    /// <summary>Handles one message and sends any number of messages to <see cref="Output"/>.</summary>
    protected abstract void Process(TIn message);
}

/// <summary>A stage that makes messages by itself.</summary>
public abstract class SourceStage<TOut> : Stage
    where TOut : Message
{
    private bool _finished;

    protected SourceStage() => Output = Out<TOut>("out");

    public Outlet<TOut> Output { get; }

    public sealed override bool CanProduce => !_finished;

    public sealed override bool IsFinished => _finished;

    public sealed override void Produce()
    {
        if (Next() is { } message)
        {
            Output.Send(message);
        }
        else
        {
            _finished = true;
        }
    }

    /// <summary>The next message, or null after the last.</summary>
    protected abstract TOut? Next();
}

/// <summary>A stage that only receives.</summary>
public abstract class SinkStage<TIn> : Stage
    where TIn : Message
{
    protected SinkStage() => Input = In<TIn>("in", Process);

    public Inlet<TIn> Input { get; }

    protected abstract void Process(TIn message);
}
