// Makes the actor system of a node: the only place where cluster settings become Akka's configuration.
using System.Globalization;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster.Tools.Singleton;
using Akka.Configuration;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Cluster.Security;
using XClassFlow.Data;

namespace XClassFlow.Cluster.Membership;

/// <summary>Actor systems for members and for clients that only ask.</summary>
internal static class AkkaSystem
{
    /// <summary>Akka's role of every node; the quorum counts it.</summary>
    public const string NodeRole = "node";

    private static readonly TimeSpan ShortestConnect = TimeSpan.FromMilliseconds(500);

    /// <summary>A system that can join the cluster; it has not joined.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="overrides">The user's own <c>akka</c> block, which wins.</param>
    /// <param name="certificates">For TLS; null where it is off. Must outlive the system.</param>
    /// <exception cref="UserErrorException">The port is taken, or the host is none of this machine's.</exception>
    public static ActorSystem CreateMember(ClusterSettings settings, Config? overrides, NodeCertificates? certificates) =>
        Create(settings, Member(settings), overrides, certificates);

    /// <summary>A system that talks to members without being one.</summary>
    /// <inheritdoc cref="CreateMember"/>
    public static ActorSystem CreateClient(ClusterSettings settings, Config? overrides, NodeCertificates? certificates) =>
        Create(settings, Client(settings), overrides, certificates);

    /// <summary>Address of another node; all nodes speak the same protocol.</summary>
    public static Address AddressOf(ActorSystem system, SeedAddress seed) =>
        new(((ExtendedActorSystem)system).Provider.DefaultAddress.Protocol, system.Name, seed.Host, seed.Port);

    private static ActorSystem Create(ClusterSettings settings, string text, Config? overrides, NodeCertificates? certificates)
    {
        var config = ConfigurationFactory.ParseString(text).WithFallback(ClusterSingleton.DefaultConfig());
        if (overrides is not null && !overrides.IsEmpty)
        {
            config = overrides.WithFallback(config);
        }

        var setup = ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(config), SerializerGuard.Setup(SharedSecret.Load(settings.Security)));
        if (certificates is not null)
        {
            setup = setup.And(RemoteTls.Setup(certificates));
        }

        try
        {
            return ActorSystem.Create(settings.Name, setup);
        }
        catch (Exception e) when (SocketErrorIn(e) is { } socket)
        {
            throw new UserErrorException(
                $"cannot listen on {settings.Host}:{settings.Port} ({socket.Message})", "xclassflow.cluster", "choose a free port and an address of this machine", e);
        }
#pragma warning disable CA1031 // Whatever Akka throws at a value that it cannot use; with our own settings alone it throws nothing.
        catch (Exception e) when (overrides is { IsEmpty: false } && e is not UserErrorException)
#pragma warning restore CA1031
        {
            throw new UserErrorException(
                $"no actor system can be made with it ({e.GetBaseException().Message.ReplaceLineEndings(" ").TrimEnd('.')})", "akka", "correct the block, or leave it out: the settings of xclassflow.cluster set what a cluster needs", e);
        }
    }

    private static string Member(ClusterSettings settings) => Remote(settings, "cluster", settings.Port) + $$"""

        akka.cluster {
          roles = [{{NodeRole}}]
          # A node is a member only when all others know it: no layout is made on half a picture.
          allow-weakly-up-members = off
          run-coordinated-shutdown-when-down = on
          # Before a new supervisor starts, the side without a quorum has had the time to stop itself.
          down-removal-margin = {{Text(settings.Failure.StableAfter)}}
          failure-detector {
            heartbeat-interval = {{Text(settings.Failure.Heartbeat)}}
            acceptable-heartbeat-pause = {{Text(settings.Failure.AcceptablePause)}}
            expected-response-after = {{Text(settings.Failure.Heartbeat)}}
          }
          downing-provider-class = "Akka.Cluster.SBR.SplitBrainResolverProvider, Akka.Cluster"
          split-brain-resolver {
            active-strategy = static-quorum
            stable-after = {{Text(settings.Failure.StableAfter)}}
            # Nothing restarts processes by itself here; a cluster must not stop itself because of a busy quarter of a minute.
            down-all-when-unstable = off
            static-quorum { quorum-size = {{settings.QuorumSize}}, role = {{NodeRole}} }
          }
          singleton { role = {{NodeRole}}, singleton-name = {{Actors.SupervisorName}} }
        }
        """;

    private static string Client(ClusterSettings settings) => Remote(settings, "remote", port: 0);

    private static string Remote(ClusterSettings settings, string provider, int port) => $$"""
        akka {
          log-serializer-override-on-start = off
          loglevel = WARNING
          stdout-loglevel = OFF
          loggers = ["{{typeof(OperatorLog).AssemblyQualifiedName}}"]
          log-dead-letters = off
          log-dead-letters-during-shutdown = off
          actor {
            provider = {{provider}}
            # Heartbeats must not wait for pool threads that are busy with something else.
            internal-dispatcher { executor = fork-join-executor, fork-join-executor { parallelism-min = 2, parallelism-factor = 1.0, parallelism-max = 4 } }
            serialization-settings { allow-unregistered-types = false }
            serializers { {{ControlSerializer.Alias}} = "{{typeof(ControlSerializer).AssemblyQualifiedName}}" }
            serialization-bindings { "{{typeof(IWireMessage).AssemblyQualifiedName}}" = {{ControlSerializer.Alias}} }
          }
          remote {
            default-remote-dispatcher { executor = fork-join-executor, fork-join-executor { parallelism-min = 2, parallelism-factor = 0.5, parallelism-max = 4 } }
            backoff-remote-dispatcher { executor = fork-join-executor, fork-join-executor { parallelism-min = 2, parallelism-max = 2 } }
            log-remote-lifecycle-events = off
            # A connection that does not come about holds back the heartbeats to that address, also to a new process there. That must not last as long as a node may be
            # silent: who is seen by some and not by others is removed, and with it whoever does not see it.
            retry-gate-closed-for = {{Text(settings.Failure.Heartbeat)}}
            dot-netty.tcp {
              hostname = "{{settings.Host}}"
              public-hostname = "{{(settings.PublicHost.Length > 0 ? settings.PublicHost : settings.Host)}}"
              port = {{port}}
              enable-ssl = {{(settings.Security.Tls.Enabled ? "on" : "off")}}
              maximum-frame-size = 128000b
              connection-timeout = {{Text(LongestConnect(settings))}}
            }
          }
          coordinated-shutdown {
            # The process decides its own exit code and ends itself, with a time limit: NodeProcess.
            exit-clr = off
            run-by-clr-shutdown-hook = off
            # The run's part is stopped and freed here, and what it was writing is finished or given up.
            phases.before-service-unbind.timeout = 120s
            # When all leave at once nobody is left to take the supervisor over.
            phases.cluster-exiting.timeout = 4s
          }
        }
        """;

    private static TimeSpan LongestConnect(ClusterSettings settings)
        => settings.Failure.AcceptablePause / 3 is var third && third > ShortestConnect ? third : ShortestConnect;

    private static string Text(TimeSpan time) => time.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) + "ms";

    private static System.Net.Sockets.SocketException? SocketErrorIn(Exception? e) => e switch
    {
        null => null,
        System.Net.Sockets.SocketException socket => socket,
        AggregateException many => many.InnerExceptions.Select(SocketErrorIn).FirstOrDefault(s => s is not null),
        _ => SocketErrorIn(e.InnerException),
    };
}
