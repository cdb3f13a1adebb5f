import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.model.Composite;
import ca.uhn.hl7v2.model.ExtraComponents;
import ca.uhn.hl7v2.model.Group;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.model.Primitive;
import ca.uhn.hl7v2.model.Segment;
import ca.uhn.hl7v2.model.Structure;
import ca.uhn.hl7v2.model.Type;
import ca.uhn.hl7v2.model.Varies;
import ca.uhn.hl7v2.parser.EncodingCharacters;
import ca.uhn.hl7v2.parser.GenericModelClassFactory;
import ca.uhn.hl7v2.parser.Parser;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import java.io.BufferedInputStream;
import java.io.BufferedWriter;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Prints what HAPI reads, to be held against what this project's reader does. On standard
 * input messages in ISO-2022-JP, each behind its length in four bytes; on standard output
 * a line of JSON for each: segments as [name, field, field ...], a field as repetitions of
 * components of subcomponents, nothing behind the last that says anything.
 */
public final class OutsideReader {
    // JIS X 0208 as Windows and the browsers map it, which is how it is read here.
    private static final Charset JIS = Charset.forName("x-windows-iso2022jp");

    public static void main(String[] args) throws Exception {
        HapiContext context = new DefaultHapiContext();
        context.setValidationContext(ValidationContextFactory.noValidation());
        context.setModelClassFactory(new GenericModelClassFactory());
        Parser parser = context.getPipeParser();
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 20));
        Writer out = new BufferedWriter(new OutputStreamWriter(System.out, StandardCharsets.UTF_8), 1 << 20);
        while (true) {
            int length;
            try {
                length = in.readInt();
            } catch (EOFException end) {
                break;
            }
            byte[] body = in.readNBytes(length);
            Message message = parser.parse(new String(body, JIS));
            List<Object> segments = new ArrayList<>();
            collect(message, segments);
            json(segments, out);
            out.write('\n');
        }
        out.flush();
    }

    private static void collect(Group group, List<Object> segments) throws Exception {
        for (String name : group.getNames()) {
            for (Structure s : group.getAll(name)) {
                if (s instanceof Group) {
                    collect((Group) s, segments);
                } else {
                    segments.add(segment((Segment) s));
                }
            }
        }
    }

    private static List<Object> segment(Segment s) throws Exception {
        List<Object> out = new ArrayList<>();
        for (int f = 1; f <= s.numFields(); f++) {
            List<Object> repetitions = new ArrayList<>();
            for (Type t : s.getField(f)) {
                repetitions.add(components(t));
            }
            out.add(trim(repetitions));
        }
        trim(out);
        out.add(0, s.getName());
        return out;
    }

    private static List<Object> components(Type t) {
        List<Object> out = new ArrayList<>();
        t = inside(t);
        if (t instanceof Composite) {
            for (Type c : ((Composite) t).getComponents()) {
                out.add(subcomponents(c));
            }
            more(t.getExtraComponents(), out, true);
        } else {
            out.add(subcomponents(t));
            more(t.getExtraComponents(), out, true);
        }
        return trim(out);
    }

    private static List<Object> subcomponents(Type t) {
        List<Object> out = new ArrayList<>();
        t = inside(t);
        if (t instanceof Composite) {
            for (Type c : ((Composite) t).getComponents()) {
                out.add(text(inside(c)));
            }
        } else {
            out.add(text(t));
        }
        more(t.getExtraComponents(), out, false);
        return trim(out);
    }

    private static void more(ExtraComponents extra, List<Object> out, boolean nested) {
        for (int i = 0; i < extra.numComponents(); i++) {
            Type t = extra.getComponent(i);
            out.add(nested ? subcomponents(t) : text(inside(t)));
        }
    }

    private static Type inside(Type t) {
        while (t instanceof Varies) {
            t = ((Varies) t).getData();
        }
        return t;
    }

    private static String text(Type t) {
        String value = t instanceof Primitive ? ((Primitive) t).getValue() : t.toString();
        return value == null ? "" : value;
    }

    private static List<Object> trim(List<Object> list) {
        while (!list.isEmpty()) {
            Object last = list.get(list.size() - 1);
            boolean empty = last instanceof List ? ((List<?>) last).isEmpty() : last.equals("");
            if (!empty) {
                break;
            }
            list.remove(list.size() - 1);
        }
        return list;
    }

    private static void json(Object value, Writer out) throws Exception {
        if (value instanceof List) {
            out.write('[');
            boolean first = true;
            for (Object v : (List<?>) value) {
                if (!first) {
                    out.write(',');
                }
                first = false;
                json(v, out);
            }
            out.write(']');
            return;
        }
        out.write('"');
        for (char c : value.toString().toCharArray()) {
            if (c == '"' || c == '\\') {
                out.write('\\');
                out.write(c);
            } else if (c < ' ') {
                out.write(String.format("\\u%04x", (int) c));
            } else {
                out.write(c);
            }
        }
        out.write('"');
    }
}
