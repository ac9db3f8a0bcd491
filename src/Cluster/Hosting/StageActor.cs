// An actor that hosts one stage instance on a thread of its own.
using Akka.Actor;
using TorchSharp;
using XClassFlow.Stages.Flow;
using Envelope = XClassFlow.Stages.Flow.Envelope;

namespace XClassFlow.Cluster.Hosting;

/// <summary>
/// Feeds a stage's runner from its mailbox. The actor has a thread of its own, and the stage always sees the same, unless it is brief (<see cref="Stage.IsBrief"/>). It never blocks in the mailbox: credits
/// bound what can wait in it. After every message it lets the stage do one piece of work and looks at the mailbox again, so that feedback goes first.
/// </summary>
internal sealed class StageActor : UntypedActor
{
    // Per thread: a new one has a default of its own, and other sums.
    [ThreadStatic]
    private static int t_torchThreads;

    private readonly StageRunner _runner;
    private readonly IStageSupervision _supervision;
    private int _torchThreads;
    private bool _begun;
    private bool _continuing;
    private bool _aborted;
    private bool _reportedCompletion;
    private bool _finished;

    public StageActor(StageRunner runner, IStageSupervision supervision)
    {
        _runner = runner;
        _supervision = supervision;
    }

    protected override void OnReceive(object message)
    {
        try
        {
            Handle(message);
        }
        catch (Exception e)
        {
            _aborted = true;
            _supervision.Faulted(e);
        }
    }

    private void Finish()
    {
        if (_finished)
        {
            return;
        }

        _finished = true;
        try
        {
            _runner.Dispose();
        }
        catch (StageException e)
        {
            _supervision.Faulted(e);
        }
        finally
        {
            _supervision.Finished();
        }
    }

    private void UseTorchThreads()
    {
        if (_torchThreads > 0 && _torchThreads != t_torchThreads)
        {
            t_torchThreads = _torchThreads;
            torch.set_num_threads(_torchThreads);
        }
    }

    private void Handle(object message)
    {
        _aborted |= _supervision.IsAborting;
        switch (message)
        {
            case Envelope envelope when _aborted:
                envelope.Message.Dispose();
                return;
            case RemoteMessage remote when _aborted:
                remote.Dispose();
                return;
            case StageSignal.Abort:
                _aborted = true;
                _supervision.Aborted();
                return;
            case StageSignal.Finish:
                _aborted = true;
                Finish();
                return;
            case var _ when _aborted:
                return;
            case Envelope envelope:
                _runner.Accept(envelope);
                break;
            case RemoteMessage remote:
                _runner.Accept(remote.Open());
                break;
            case CreditMessage credit:
                _runner.AcceptCredit(credit.Link, credit.To);
                break;
            case CompletionMessage completion:
                _runner.AcceptCompletion(completion.Link, completion.From);
                break;
            case BeginMessage begin:
                _torchThreads = begin.TorchThreads;
                UseTorchThreads();
                _runner.Start(begin.IsFeedback);
                _begun = true;
                break;
            case StageSignal.Continue:
                _continuing = false;
                break;
            case StageSignal.Wake:
                break;
            default:
                Unhandled(message);
                return;
        }

        // Another stage may have started earlier and sent something already.
        UseTorchThreads();
        if (_begun && !_continuing && _runner.RunOne())
        {
            _continuing = true;
            Self.Tell(StageSignal.Continue);
        }

        if (_runner.IsCompleted && !_reportedCompletion)
        {
            _reportedCompletion = true;
            _supervision.Completed();
        }
    }
}
