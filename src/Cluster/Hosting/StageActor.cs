// An actor that hosts one stage instance on a thread of its own.
using Akka.Actor;
using TorchSharp;
using XClassFlow.Stages.Flow;
using Envelope = XClassFlow.Stages.Flow.Envelope;

namespace XClassFlow.Cluster.Hosting;

/// <summary>
/// Feeds a stage's runner from its mailbox. The actor runs on a pinned dispatcher, so the stage always sees the same thread. It never blocks in the mailbox: credits
/// bound what can wait in it. After every message it lets the stage do one piece of work and looks at the mailbox again, so that feedback goes first.
/// </summary>
internal sealed class StageActor : UntypedActor
{
    private readonly StageRunner _runner;
    private readonly IStageSupervision _supervision;
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
                torch.set_num_threads(begin.TorchThreads);
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
