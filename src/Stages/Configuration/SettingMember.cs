// One setting of a settings type: its key, its type, and what it is when nobody writes it.
using System.Reflection;

namespace XClassFlow.Stages.Configuration;

/// <summary>A constructor parameter or an init property of a settings record.</summary>
/// <param name="Key">The kebab-case key.</param>
/// <param name="Type">The declared type.</param>
/// <param name="Required">Whether it must be written: no default value, or a <c>required</c> property.</param>
/// <param name="AllowsNull">Whether <c>null</c> may be written.</param>
/// <param name="Default">The parameter's default value; null for properties, whose initializer holds it.</param>
/// <param name="Property">The property to set, or null for a constructor parameter.</param>
internal sealed record SettingMember(string Key, Type Type, bool Required, bool AllowsNull, object? Default, PropertyInfo? Property);
