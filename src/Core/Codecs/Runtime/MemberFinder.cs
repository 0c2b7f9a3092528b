using System.Reflection;
using System.Runtime.CompilerServices;

namespace ActorStreams.Core.Codecs.Runtime;

/// <summary>Finds what is stored of a struct (all its fields) or a class (its public state), and refuses to lose anything
/// silently.</summary>
internal sealed class MemberFinder(ShapeBuilder shapes, RecordShape record)
{
    private const BindingFlags Declared = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private readonly Type _type = record.Type;

    /// <summary>Sets the members and the constructor of the record.</summary>
    public void Fill(string path)
    {
        ConstructorInfo[] constructors = _type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        if (_type.IsValueType)
        {
            ConstructorInfo? positional = Array.Find(constructors, IsPositional);
            ParameterInfo[] parameters = [.. constructors.OrderByDescending(one => one == positional).ThenByDescending(one => one.IsPublic)
                .SelectMany(one => one.GetParameters())];
            record.Members = Members(Fields(_type), parameters, path);
            if (positional?.GetParameters().All(parameter => record.Members.Any(member => member.IsSetBy(parameter))) ?? false)
                record.Constructor = positional;
        }
        else
        {
            record.Constructor = constructors.Where(CanBeCalled)
                .OrderByDescending(one => one.IsPublic)
                    .ThenByDescending(one => one.GetParameters().Count(parameter => PublicMember(parameter) is not null)).FirstOrDefault()
                ?? throw shapes.CannotStore(_type, path,
                    $"class '{TypeName.Of(_type)}' has no constructor whose parameters are all named like its public fields and properties. Add one, or one without parameters.");
            record.Members = Members(PublicState(), record.Constructor.GetParameters(), path);
            RefuseToLoseState(path);
        }
    }

    private List<Member> Members(IEnumerable<MemberInfo> infos, ParameterInfo[] parameters, string path)
    {
        var members = new List<Member>();
        foreach (MemberInfo info in infos)
        {
            string name = NameOf(info);
            ParameterInfo? parameter = Array.Find(parameters, one => Matches(one, name, TypeOf(info)));
            IEnumerable<Attribute> attributes = Attributes(info, parameter);
            if (attributes.OfType<NotStoredAttribute>().Any())
                continue;

            string stored = attributes.OfType<StoredNameAttribute>().FirstOrDefault()?.Name ?? name;
            string at = ShapeBuilder.Inside(path, name);
            if (members.Exists(other => other.Name == stored))
                throw shapes.CannotStore(TypeOf(info), at,
                    $"two fields of '{TypeName.Of(_type)}' have the name '{stored}'. Give one of them another with [StoredName].");
            string[] former = [.. attributes.OfType<FormerNameAttribute>().Select(one => one.Name)];
            members.Add(new Member(stored, former, info, parameter, shapes.Build(TypeOf(info), at)));
        }

        return members;
    }

    private IEnumerable<MemberInfo> PublicState()
    {
        ParameterInfo[] parameters = record.Constructor!.GetParameters();
        foreach (Type level in Levels())
        {
            foreach (FieldInfo field in Fields(level).Where(field => field.IsPublic && (!field.IsInitOnly || IsParameter(field))))
                yield return field;
            foreach (PropertyInfo property in Properties(level).Where(property => property.SetMethod is not null || IsParameter(property)))
                if (!IsOverridden(property))
                    yield return property;
        }

        bool IsParameter(MemberInfo info) => Array.Exists(parameters, one => Matches(one, info.Name, TypeOf(info)));
    }

    private void RefuseToLoseState(string path)
    {
        foreach (Type level in Levels())
        {
            foreach (FieldInfo field in Fields(level))
            {
                string name = NameOf(field);
                bool isStored = record.Members.Any(
                    member => string.Equals(member.Info.Name, Bare(name), StringComparison.OrdinalIgnoreCase));
                if (isStored || Attributes(field, parameter: null).OfType<NotStoredAttribute>().Any() || IsLeftOut(Bare(name)))
                    continue;
                throw shapes.CannotStore(field.FieldType, ShapeBuilder.Inside(path, name),
                    "it would be lost: it is not public, or can be set neither by a setter nor by a constructor parameter of its name. Give it one, or mark it [NotStored].");
            }
        }
    }

    /// <summary>Whether a property, or its constructor parameter, says that the field behind it is not stored.</summary>
    private bool IsLeftOut(string name) =>
        Levels().SelectMany(Properties)
            .Any(property => string.Equals(property.Name, name, StringComparison.OrdinalIgnoreCase)
            && property.IsDefined(typeof(NotStoredAttribute)))
        || record.Constructor!.GetParameters()
            .Any(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase) && one.IsDefined(typeof(NotStoredAttribute)));

    private bool CanBeCalled(ConstructorInfo constructor) =>
        constructor.GetParameters().All(parameter => parameter.HasDefaultValue || PublicMember(parameter) is not null);

    private MemberInfo? PublicMember(ParameterInfo parameter) =>
        Levels().SelectMany(level => Fields(level).Where(field => field.IsPublic).Concat<MemberInfo>(Properties(level)))
            .FirstOrDefault(info => Matches(parameter, info.Name, TypeOf(info)));

    /// <summary>Whether it is the constructor of a positional record struct: it does nothing but assign, and compiles to faster code than
    /// assignments do.</summary>
    private bool IsPositional(ConstructorInfo constructor) =>
        _type.GetMethod("Deconstruct",
            [.. constructor.GetParameters().Select(parameter => parameter.ParameterType.MakeByRefType())]) is { } deconstruct
        && deconstruct.IsDefined(typeof(CompilerGeneratedAttribute));

    /// <summary>A property of a base class that a derived one overrides or hides is stored once, as the derived one.</summary>
    private bool IsOverridden(PropertyInfo property) =>
        Levels().SelectMany(Properties).Last(other => other.Name == property.Name) != property;

    /// <summary>The class and its bases, the base first.</summary>
    private IEnumerable<Type> Levels()
    {
        var levels = new Stack<Type>();
        for (Type? level = _type; level is not null && level != typeof(object); level = level.BaseType)
            levels.Push(level);
        return levels;
    }

    private static IEnumerable<FieldInfo> Fields(Type level) => level.GetFields(Declared).OrderBy(field => field.MetadataToken);

    private static IEnumerable<PropertyInfo> Properties(Type level) => level.GetProperties(Declared)
        .Where(property => property.GetMethod is { IsPublic: true } && property.GetIndexParameters().Length == 0)
            .OrderBy(property => property.MetadataToken);

    private static bool Matches(ParameterInfo parameter, string name, Type type) =>
        parameter.ParameterType == type && string.Equals(parameter.Name, name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The field behind an automatic property has the property's name.</summary>
    private static string NameOf(MemberInfo info) => Property(info)?.Name ?? info.Name;

    /// <summary>The public name that a private field is usually behind: of <c>_count</c> and of the captured parameter
    /// <c>&lt;count&gt;P</c>, <c>count</c>.</summary>
    private static string Bare(string name) => name.StartsWith('<') ? name[1..name.IndexOf('>', StringComparison.Ordinal)]
        : name.TrimStart('_');

    private static PropertyInfo? Property(MemberInfo info) =>
        info.Name.StartsWith('<') && info.Name.EndsWith("k__BackingField", StringComparison.Ordinal)
            && info.IsDefined(typeof(CompilerGeneratedAttribute))
            ? info.DeclaringType!.GetProperty(Bare(info.Name), Declared)
            : null;

    private static Type TypeOf(MemberInfo info) => info is FieldInfo field ? field.FieldType : ((PropertyInfo)info).PropertyType;

    private static IEnumerable<Attribute> Attributes(MemberInfo info, ParameterInfo? parameter) =>
        [.. info.GetCustomAttributes(), .. Property(info)?.GetCustomAttributes() ?? [], .. parameter?.GetCustomAttributes() ?? []];
}
