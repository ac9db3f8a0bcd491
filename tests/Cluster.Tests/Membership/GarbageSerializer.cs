// Sends malformed control messages under the number of the real serializer.
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;
using XClassFlow.Cluster.Membership.Wire;
using XClassFlow.Cluster.Security;

namespace XClassFlow.Cluster.Tests.Membership;

internal sealed class GarbageSerializer : SerializerWithStringManifest
{
    private static readonly (string Manifest, byte[] Bytes)[] Valid = [.. WireTests.Samples.Select(s => (s.Key, WireFormat.Write(s.Value)))];

    /// <summary>The only message that is none of it: whoever answers has read all that came before.</summary>
    public static Garbage Question { get; } = new(-1);

    /// <summary>A system that associates as a client would.</summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString("""
        akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off
          actor.provider = remote
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0, applied-adapters = ["trttl"] } }
        """);

    /// <summary>What a stranger sends: no seals.</summary>
    public static SerializationSetup Stranger { get; } = SerializationSetup.Create(
        system => [SerializerDetails.Create("garbage", new GarbageSerializer(system), [typeof(Garbage)])]);

    /// <summary>What a broken node sends: the right seals on anything.</summary>
    public static SerializationSetup Insider(byte[] secret)
    {
        var guard = SerializerGuard.Setup(secret);
        return SerializationSetup.Create(system => guard.CreateSerializers(system).Add(SerializerDetails.Create(
            "garbage", new SealedSerializer(system, new GarbageSerializer(system), SerializerGuard.KeyOf(secret)), [typeof(Garbage)])));
    }

    public GarbageSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    public override int Identifier => 9_201;

    public override string Manifest(object o) => Of((Garbage)o).Manifest;

    public override byte[] ToBinary(object obj) => Of((Garbage)obj).Bytes;

    public override object FromBinary(byte[] bytes, string manifest) => new Garbage(0);

    private static (string Manifest, byte[] Bytes) Of(Garbage garbage) =>
        garbage == Question ? ("AskStatus/1", WireFormat.Write(new AskStatus())) : Malformed.Next(new Random(garbage.Seed), Valid);

    /// <summary>A malformed message, the same for the same seed.</summary>
    public sealed record Garbage(int Seed);
}
