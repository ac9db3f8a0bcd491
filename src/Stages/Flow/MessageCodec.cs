// Takes a message type apart into named tensors and plain values, and puts it together again: for copies, recordings and the wire.
using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace XClassFlow.Stages.Flow;

/// <summary>
/// The parts of one message type, found once by reflection over its primary constructor. Parameters of type <see cref="Tensor"/> are the
/// tensors (null is allowed where the parameter is nullable), as are the elements of a parameter of type <c>Tensor[]</c>; everything else must
/// serialise as JSON.
/// </summary>
public sealed class MessageCodec
{
    private static readonly ConcurrentDictionary<Type, MessageCodec> Codecs = new();

    private static readonly JsonSerializerOptions Json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly ConstructorInfo _constructor;
    private readonly PropertyInfo[] _properties;
    private readonly string[] _names;
    private readonly string[] _escaped;
    private readonly int[] _tensorParts;
    private readonly HashSet<string> _compressible;

    private MessageCodec(Type type)
    {
        Type = type;
        _constructor = type.GetConstructors().MaxBy(c => c.GetParameters().Length)
            ?? throw new ArgumentException($"message {type.Name} has no public constructor");
        var parameters = _constructor.GetParameters();
        _properties = [.. parameters.Select(p => type.GetProperty(p.Name!) ?? throw new ArgumentException(
            $"message {type.Name}: constructor parameter '{p.Name}' has no property of that name; make the message a record"))];
        _names = [.. parameters.Select(p => p.Name!)];
        _escaped = Array.ConvertAll(_names, name => JsonEncodedText.Encode(name).ToString());
        _compressible = [.. parameters.Where(p => p.IsDefined(typeof(CompressibleAttribute), inherit: false)).Select(p => p.Name!)];
        _tensorParts = [.. Enumerable.Range(0, parameters.Length).Where(i => parameters[i].ParameterType == typeof(Tensor) || parameters[i].ParameterType == typeof(Tensor[]))];
    }

    /// <summary>The message type.</summary>
    public Type Type { get; }

    public static MessageCodec Of(Type type) => Codecs.GetOrAdd(type, t => new MessageCodec(t));

    /// <summary>The tensors of a message, without those that are null. Nothing is copied; the message keeps them.</summary>
    public IEnumerable<Tensor> Tensors(Message message) => NamedTensors(message).Select(t => t.Tensor);

    /// <summary>The tensors of a message by name ("Name", or "Name/0", "Name/1"... for an array), without those that are null.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedTensors(Message message)
    {
        foreach (var part in _tensorParts)
        {
            switch (_properties[part].GetValue(message))
            {
                case Tensor tensor:
                    yield return (_names[part], tensor);
                    break;
                case Tensor[] tensors:
                    for (var i = 0; i < tensors.Length; i++)
                    {
                        yield return ($"{_names[part]}/{i}", tensors[i]);
                    }

                    break;
            }
        }
    }

    /// <summary>Whether a tensor of this name may travel in a shorter type.</summary>
    public bool IsCompressible(string name) => _compressible.Contains(name);

    /// <summary>A second message over the same memory, with native handles of its own. The caller owns it and must not write into its tensors.</summary>
    public Message Alias(Message message) => Rebuild(i => _properties[i].GetValue(message) switch
    {
        Tensor tensor => Share(tensor),
        Tensor[] tensors => Array.ConvertAll(tensors, Share),
        var value => value,
    });

    /// <summary>All values that are not tensors, as one JSON object.</summary>
    public string Scalars(Message message)
    {
        // By hand what most messages are made of: they cross between processes thousands of times a second.
        var text = new StringBuilder("{", 128);
        for (var i = 0; i < _properties.Length; i++)
        {
            if (Array.IndexOf(_tensorParts, i) >= 0)
            {
                continue;
            }

            text.Append(text.Length > 1 ? "," : "").Append('"').Append(_escaped[i]).Append("\":");
            text = _properties[i].GetValue(message) switch
            {
                int value => text.Append(CultureInfo.InvariantCulture, $"{value}"),
                long value => text.Append(CultureInfo.InvariantCulture, $"{value}"),
                bool value => text.Append(value ? "true" : "false"),
                var value => text.Append(JsonSerializer.Serialize(value, _properties[i].PropertyType, Json)),
            };
        }

        return text.Append('}').ToString();
    }

    /// <summary>Rebuilds a message. It takes over the tensors that <paramref name="tensorOf"/> gives (null for none).</summary>
    /// <exception cref="FormatException">The JSON does not fit the type.</exception>
    public Message Create(string scalars, Func<string, Tensor?> tensorOf)
    {
        var taken = new List<Tensor>();
        try
        {
            using var fields = JsonDocument.Parse(scalars);
            return Rebuild(i => Array.IndexOf(_tensorParts, i) >= 0
                ? TensorPart(i, name => Take(tensorOf(name), taken))
                : Value(fields.RootElement, i));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or TargetInvocationException or NotSupportedException)
        {
            taken.ForEach(t => t.Dispose());
            throw new FormatException($"this is not a {Type.Name}: {e.Message}", e);
        }
    }

    private static Tensor Share(Tensor tensor) => tensor.detach().DetachFromDisposeScope();

    private static Tensor? Take(Tensor? tensor, List<Tensor> taken)
    {
        if (tensor is not null)
        {
            taken.Add(tensor);
        }

        return tensor;
    }

    private object? Value(JsonElement fields, int part)
    {
        var type = _properties[part].PropertyType;
        return fields.TryGetProperty(_names[part], out var field) switch
        {
            true when type == typeof(long) && field.TryGetInt64(out var value) => value,
            true when type == typeof(int) && field.TryGetInt32(out var value) => value,
            true => field.Deserialize(type, Json),
            false => JsonSerializer.Deserialize((JsonNode?)null, type, Json),
        };
    }

    private object? TensorPart(int part, Func<string, Tensor?> tensorOf)
    {
        if (_properties[part].PropertyType == typeof(Tensor))
        {
            return tensorOf(_names[part]);
        }

        var tensors = new List<Tensor>();
        while (tensorOf($"{_names[part]}/{tensors.Count}") is { } tensor)
        {
            tensors.Add(tensor);
        }

        return tensors.ToArray();
    }

    private Message Rebuild(Func<int, object?> part)
    {
        var values = new object?[_properties.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = part(i);
        }

        return (Message)_constructor.Invoke(values);
    }
}
