import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.parser.GenericModelClassFactory;
import ca.uhn.hl7v2.parser.Parser;
import ca.uhn.hl7v2.util.Terser;
import ca.uhn.hl7v2.validation.impl.ValidationContextFactory;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;

/**
 * Parses one message again and again with HAPI, in rounds that its caller asks for.
 *
 * <p>Arguments: a file with the message in UTF-8, and "model" or "generic". Each line of
 * standard input is a number of times to parse; the answer is one line with the nanoseconds
 * that they took. The message is a Java string before time runs, and validation is off.
 */
public class Rounds {
  public static void main(String[] args) throws Exception {
    String text = new String(Files.readAllBytes(Paths.get(args[0])), StandardCharsets.UTF_8);
    HapiContext context = new DefaultHapiContext();
    context.setValidationContext(ValidationContextFactory.noValidation());
    if (args[1].equals("generic")) {
      context.setModelClassFactory(new GenericModelClassFactory());
    }
    Parser parser = context.getPipeParser();
    String id = new Terser(parser.parse(text)).get("/.MSH-10");
    System.out.println("ready " + id);

    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    long seen = 0;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      int times = Integer.parseInt(line.trim());
      long begin = System.nanoTime();
      for (int i = 0; i < times; i++) {
        Message message = parser.parse(text);
        seen += message.getNames().length;
      }
      System.out.println(System.nanoTime() - begin);
    }
    if (seen < 0) {
      System.out.println("never"); // so that no parse is left out as useless
    }
  }
}
