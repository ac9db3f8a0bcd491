// The rules that every stage keeps, as tests that the author of a stage inherits.
using Xunit;
using XClassFlow.Stages.Flow;
using static TorchSharp.torch;

namespace XClassFlow.Conformance;

/// <summary>
/// Inherit it in a public class, say how the stage is made and what a few of its messages are, and all rules of the stage contract are checked with the engine that runs
/// stages in training. Put the class into the collection <see cref="NativeTensors.Collection"/>.
/// </summary>
/// <typeparam name="TStage">The stage.</typeparam>
[Collection(NativeTensors.Collection)]
public abstract class StageConformance<TStage>
    where TStage : Stage
{
    private const int Rounds = 50;

    /// <summary>Whether every message that leaves belongs to the step and micro-batch of the message that was handled, as it must in a transform.</summary>
    protected virtual bool PassesIdentityOn => typeof(TStage).BaseType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(TransformStage<,>);

    /// <summary>How many instances send to each gathering inlet.</summary>
    protected virtual int Senders => 1;

    /// <summary>Receivers of the outlets of which the stage names them; see <see cref="StageDriver"/>.</summary>
    protected virtual IReadOnlyDictionary<string, int>? Scatter => null;

    /// <summary>Makes the stage. Called once per run, with nothing shared between two of them.</summary>
    protected abstract TStage Create();

    /// <summary>A few typical messages with values that never change: every call makes the same ones, anew. At least one call of the stage must be able to run with them.</summary>
    protected abstract IEnumerable<Sample> Messages();

    /// <summary>Messages without samples ([0, D] tensors), which the stage must survive; none where they cannot occur.</summary>
    protected virtual IEnumerable<Sample> EmptyMessages() => [];

    [Fact]
    public void TheConstructorDeclaresPortsAndMakesNoTensors()
    {
        Settle();
        var before = NativeTensors.CountSettled();
        using var stage = Create();
        Assert.Equal(before, NativeTensors.Count());
        Assert.True(stage.Inlets.Count + stage.Outlets.Count > 0, "the stage has no ports; declare them in the constructor");
        using var second = Create();
        Assert.Equal(Ports(stage), Ports(second));
    }

    [Fact]
    public void TheSameMessagesGiveTheSameOutputBitByBit()
    {
        var (first, second) = (Run(), Run());
        Assert.Equal(first.Count, second.Count);
        Assert.All(first.Zip(second), pair => Assert.Equal(pair.First, pair.Second));
        Assert.NotEmpty(first);
    }

    [Fact]
    public void ReceivedTensorsAreNotWrittenTo()
    {
        using var scope = NewDisposeScope();
        using var driver = Drive();
        driver.Start();
        var watched = new List<(string Name, Tensor Shared, Tensor Before)>();
        foreach (var sample in Made(Messages))
        {
            // Another receiver's message shares the memory.
            var codec = MessageCodec.Of(sample.Message.GetType());
            foreach (var (name, tensor) in codec.NamedTensors(codec.Alias(sample.Message)))
            {
                scope.Attach(tensor);
                watched.Add(($"{codec.Type.Name}.{name} of step {sample.Message.Step}", tensor, tensor.clone()));
            }

            driver.Send(sample.Inlet, sample.Message, sample.From, sample.Destination);
            driver.Run();
        }

        driver.Complete();
        Assert.All(watched, w => Assert.True(Same(w.Shared, w.Before), $"{w.Name} was written to; a received tensor is read-only, work on a copy"));
    }

    [Fact]
    public void NothingLeaksHoweverManyMessagesCome()
    {
        Settle();
        var before = NativeTensors.CountSettled();
        using (var driver = Drive())
        {
            driver.Start();
            var early = 0L;
            for (var round = 0; round < Rounds; round++)
            {
                Send(driver, Made(Messages));
                Discard(driver.Take());
                if (round == 4)
                {
                    early = NativeTensors.Count();
                }
            }

            Assert.True(
                NativeTensors.Count() - early < Rounds - 5,
                $"{typeof(TStage).Name} keeps more and more tensors: {early - before} after 5 rounds of messages, {NativeTensors.Count() - before} after {Rounds}");
        }

        Assert.Equal(before, NativeTensors.Count());
    }

    [Fact]
    public void ItDisposesCleanlyBeforeTheStartAfterItAndMidway()
    {
        Settle();
        var before = NativeTensors.CountSettled();
        Create().Dispose();
        Assert.Equal(before, NativeTensors.Count());

        Drive().Dispose();
        Assert.Equal(before, NativeTensors.Count());

        using (var driver = Drive())
        {
            driver.Start();
        }

        Assert.Equal(before, NativeTensors.Count());

        // Midway: after each message, and with messages that still wait.
        var count = Made(Messages).Select(Discard).Count();
        for (var handled = 0; handled <= count; handled++)
        {
            using (var driver = Drive())
            {
                driver.Start();
                var samples = Made(Messages);
                Send(driver, samples.Take(handled));
                foreach (var sample in samples.Skip(handled))
                {
                    driver.Send(sample.Inlet, sample.Message, sample.From, sample.Destination);
                }
            }

            Assert.Equal(before, NativeTensors.Count());
        }

        using (var driver = Drive())
        {
            driver.Start();
            Send(driver, Made(Messages));
            driver.Complete();
            driver.Stage.Dispose();
        }

        Assert.Equal(before, NativeTensors.Count());
    }

    [Fact]
    public void StepAndMicroBatchArePassedOn()
    {
        if (!PassesIdentityOn)
        {
            return;
        }

        using var driver = Drive();
        driver.Start();
        foreach (var sample in Made(Messages))
        {
            var (step, microBatch) = (sample.Message.Step, sample.Message.MicroBatch);
            driver.Send(sample.Inlet, sample.Message, sample.From, destination: 0);
            driver.Run();
            Assert.All(driver.Sent, s => Assert.Equal((step, microBatch, 0), (s.Message.Step, s.Message.MicroBatch, s.Destination)));
            Discard(driver.Take());
        }
    }

    [Fact]
    public void EmptyMessagesAreSurvived()
    {
        using var driver = Drive();
        driver.Start();
        Send(driver, Made(EmptyMessages));
        Send(driver, Made(Messages));
        driver.Complete();
    }

    private static string[] Ports(Stage stage) => [
        .. stage.Inlets.Select(i => $"in {i.Name}: {i.MessageType.Name}{(i.Gathers ? ", gathers" : string.Empty)}{(i.IsFeedback ? ", feedback" : string.Empty)}"),
        .. stage.Outlets.Select(o => $"out {o.Name}: {o.MessageType.Name}")];

    private static bool Same(Tensor a, Tensor b) => a.dtype == b.dtype && a.shape.AsSpan().SequenceEqual(b.shape) && Bytes(a) == Bytes(b);

    private static string Bytes(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var memory = new MemoryStream();
        tensor.detach().cpu().contiguous().WriteBytesToStream(memory);
        return Convert.ToHexString(memory.ToArray());
    }

    // What the author's code makes besides the messages' own tensors goes with the scope.
    private static Sample[] Made(Func<IEnumerable<Sample>> messages)
    {
        using var scope = NewDisposeScope();
        var samples = messages().ToArray();
        foreach (var tensor in samples.SelectMany(s => MessageCodec.Of(s.Message.GetType()).Tensors(s.Message)))
        {
            tensor.DetachFromDisposeScope();
        }

        return samples;
    }

    private static void Send(StageDriver driver, IEnumerable<Sample> samples)
    {
        foreach (var sample in samples)
        {
            driver.Send(sample.Inlet, sample.Message, sample.From, sample.Destination);
            driver.Run();
        }
    }

    private static void Discard(IEnumerable<SentMessage> sent)
    {
        foreach (var message in sent)
        {
            message.Message.Dispose();
        }
    }

    private static Sample Discard(Sample sample)
    {
        sample.Message.Dispose();
        return sample;
    }

    private StageDriver Drive() => new(Create, senders: Senders, scatter: Scatter);

    // What is made once per process (generators, caches of the library) is made here, before anything is counted.
    private void Settle() => Run();

    // Everything that left, as text: outlet, destination, values, and the tensors' bytes.
    private List<string> Run()
    {
        using var driver = Drive();
        driver.Start();
        Send(driver, Made(Messages));
        driver.Complete();
        return [.. driver.Sent.Select(s =>
        {
            var codec = MessageCodec.Of(s.Message.GetType());
            var tensors = codec.NamedTensors(s.Message).Select(t => $"{t.Name} {t.Tensor.dtype} [{string.Join(", ", t.Tensor.shape)}] {Bytes(t.Tensor)}");
            return $"{s.Outlet} -> {s.Destination}: {codec.Scalars(s.Message)} {string.Join("; ", tensors)}";
        })];
    }
}
