// A stage whose ports and calls a test puts together.
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Tests.Flow;

public sealed class Lab : Stage
{
    public Action<Lab> OnStart { get; init; } = _ => { };

    public Action<Lab> OnProduce { get; init; } = _ => { };

    public Action<Lab> OnComplete { get; init; } = _ => { };

    public Action<Lab> OnDispose { get; init; } = _ => { };

    public Func<bool> MayProduce { get; init; } = () => false;

    public Func<bool> Finished { get; init; } = () => true;

    public Func<bool> Outside { get; init; } = () => false;

    public override bool CanProduce => MayProduce();

    public override bool IsFinished => Finished();

    public override bool WorksOutside => Outside();

    public new StageContext Context => base.Context;

    public Lab With<T>(string inlet, Action<Lab, T> handle, Func<T, bool>? when = null, bool feedback = false)
        where T : Message
    {
        In<T>(inlet, m => handle(this, m), when, feedback);
        return this;
    }

    public Lab WithGather<T>(string inlet, Action<Lab, IReadOnlyList<T>> handle, Func<T, bool>? when = null)
        where T : Message
    {
        Gather<T>(inlet, m => handle(this, m), when);
        return this;
    }

    public Lab WithOut<T>(string outlet)
        where T : Message
    {
        Out<T>(outlet);
        return this;
    }

    public Outlet<T> To<T>(string outlet = "out")
        where T : Message => (Outlet<T>)Outlets.First(o => o.Name == outlet);

    public Tensor Hold(Tensor tensor) => Keep(tensor);

    public override void Start() => OnStart(this);

    public override void Produce() => OnProduce(this);

    public override void Complete() => OnComplete(this);

    protected override void Dispose(bool disposing)
    {
        OnDispose(this);
        base.Dispose(disposing);
    }
}
