// What a settings type expects, read once by reflection.
using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace XClassFlow.Stages.Configuration;

/// <summary>The constructor and the members of a settings type. Shared by the binder and the documentation, so they cannot disagree.</summary>
internal sealed class SettingsShape
{
    private static readonly ConcurrentDictionary<Type, SettingsShape> Known = new();

    private SettingsShape(Type type)
    {
        var constructors = type.GetConstructors().Where(c => !IsCopy(c, type)).ToArray();
        if (constructors.Length == 0 && !type.IsValueType)
        {
            throw new ArgumentException($"{type} is no settings type: it has no public constructor");
        }

        Constructor = constructors.OrderByDescending(c => c.GetParameters().Length).FirstOrDefault();
        var nullability = new NullabilityInfoContext();
        var parameters = Constructor?.GetParameters() ?? [];
        Parameters = [.. parameters.Select(p => new SettingMember(
            KebabCase.Of(p.Name!), p.ParameterType, !p.HasDefaultValue, AllowsNull(nullability.Create(p)), DefaultOf(p), null))];
        Properties = [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.SetMethod is { IsPublic: true } && p.GetIndexParameters().Length == 0)
            .Where(p => !parameters.Any(q => string.Equals(q.Name, p.Name, StringComparison.OrdinalIgnoreCase)))
            .OrderBy(p => p.MetadataToken)
            .Select(p => new SettingMember(
                KebabCase.Of(p.Name), p.PropertyType, p.IsDefined(typeof(RequiredMemberAttribute)), AllowsNull(nullability.Create(p)), null, p))];
        Validate = type.GetMethod("Validate", BindingFlags.Public | BindingFlags.Instance, [typeof(string)]);
        Type = type;
    }

    public Type Type { get; }

    public IReadOnlyList<SettingMember> Parameters { get; }

    public IReadOnlyList<SettingMember> Properties { get; }

    public IEnumerable<SettingMember> Members => Parameters.Concat(Properties);

    private ConstructorInfo? Constructor { get; }

    private MethodInfo? Validate { get; }

    public static SettingsShape Of(Type type) => Known.GetOrAdd(type, t => new SettingsShape(t));

    /// <summary>Makes the record from one value per parameter and the properties that were written.</summary>
    public object Create(object?[] arguments, IEnumerable<(PropertyInfo Property, object? Value)> properties)
    {
        var settings = Constructor is null
            ? Activator.CreateInstance(Type)!
            : Constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null);
        foreach (var (property, value) in properties)
        {
            property.SetMethod!.Invoke(settings, BindingFlags.DoNotWrapExceptions, null, [value], null);
        }

        return settings;
    }

    /// <summary>Calls the record's own <c>Validate(string path)</c>, where it has one.</summary>
    public void CallValidate(object settings, string path) =>
        Validate?.Invoke(settings, BindingFlags.DoNotWrapExceptions, null, [path], null);

    private static bool IsCopy(ConstructorInfo constructor, Type type) =>
        constructor.GetParameters() is [var only] && only.ParameterType == type;

    private static bool AllowsNull(NullabilityInfo info) => info.WriteState != NullabilityState.NotNull;

    // `default` of a struct is recorded as null; an enum's default as its number.
    private static object? DefaultOf(ParameterInfo parameter)
    {
        if (!parameter.HasDefaultValue)
        {
            return null;
        }

        var plain = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        return parameter.DefaultValue switch
        {
            null when parameter.ParameterType.IsValueType => Activator.CreateInstance(parameter.ParameterType),
            { } value when plain.IsEnum => Enum.ToObject(plain, value),
            var value => value,
        };
    }
}
