// Stands where Akka would read or write types by name.
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace XClassFlow.Cluster.Security;

/// <summary>Takes the number of a serializer that must not be used, so that nothing is ever made from a type name in a message.</summary>
/// <param name="system">The system.</param>
/// <param name="identifier">Number of the serializer it stands for.</param>
/// <param name="alias">Its name in the configuration.</param>
internal sealed class RefusingSerializer(ExtendedActorSystem system, int identifier, string alias) : Serializer(system)
{
    public override int Identifier => identifier;

    public override bool IncludeManifest => false;

    public override byte[] ToBinary(object obj) => throw new SerializationException($"{obj.GetType()} may not cross between nodes: it is no control message");

    public override object FromBinary(byte[] bytes, Type type) => throw new SerializationException($"a message for the serializer '{alias}', which is refused");
}
